import Reports

extension CertificatePage {
    /// Every pair of text and ground stands out at least 4.5 to 1, in light and in dark.
    static let screenStyle: HTMLFragment = """

        :root { color-scheme: light dark;
          --ink: #1c2430; --soft: #505b6a; --line: #d5dae1; --paper: #ffffff; --ground: #eef1f5;
          --accent: #1f4e79; --good: #11502a; --good-paper: #def2e4; --bad: #8c1710;
          --bad-paper: #fbdcd9; --open: #6b3f00; --open-paper: #ffe9c2; --verdict: #f3f7fb; }
        * { box-sizing: border-box; }
        body { margin: 0; background-color: var(--ground); color: var(--ink);
          font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        h1, h2, h3, p, li, td, th { overflow-wrap: break-word; }
        h3 { margin: 1rem 0 .3rem; font-size: 1rem; }
        .kind { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .05em;
          text-transform: uppercase; font-size: .85rem; }
        ul, ol { margin: .4rem 0; padding-left: 1.2rem; }
        .cards, .measured, .plain, .rungs, .outcomes ul { margin: 0; padding: 0; list-style: none; }
        .passed { background-color: var(--good-paper); color: var(--good); }
        .failed { background-color: var(--bad-paper); color: var(--bad); }
        .unknown { background-color: var(--open-paper); color: var(--open); }
        .badge { display: inline-block; padding: 0 .5em; border-radius: .8em; font-size: .85em;
          font-weight: 700; white-space: nowrap; }
        .note, .demand, .remark, footer { color: var(--soft); }
        table { width: 100%; border-collapse: collapse; }
        caption, th, td { text-align: left; vertical-align: top; }
        th { font-weight: 600; }
        caption, thead th, .facts th { color: var(--soft); }
        th, td { border-bottom: 1px solid; border-bottom-color: var(--line); }
        .facts td, .facts li { overflow-wrap: anywhere; }
        .status { white-space: nowrap; }
        code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono",
          monospace; }
        code { font-size: .86em; overflow-wrap: anywhere; }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; }
        pre code { font-size: 1em; }
        .rungs li { display: inline-block; margin-right: 1.1em; }
        .rungs-title { color: var(--soft); }
        .alert { border: 2px solid; border-color: var(--bad);
          background-color: var(--bad-paper); color: var(--bad); }
        .alert h2, .alert p, .alert li { color: var(--bad); }
        blockquote { margin: .3rem 0; padding-left: .8rem; border-left: 4px solid;
          border-left-color: var(--bad); }
        .qr { background-color: #ffffff; }
        @media (prefers-color-scheme: dark) { :root {
          --ink: #e6eaf0; --soft: #a9b3c1; --line: #3a4453; --paper: #171c24; --ground: #0e1218;
          --accent: #8fbfe8; --good: #9fe0b5; --good-paper: #12351f; --bad: #ffb3ab;
          --bad-paper: #461815; --open: #ffd48a; --open-paper: #402a06; --verdict: #1b2430; } }
        @media screen {
          main { max-width: 62rem; margin: 2rem auto 0; padding: 0 2.5rem 1.5rem;
            background-color: var(--paper); border-top: 8px solid; border-top-color: var(--accent); }
          header { padding: 1.8rem 0 .8rem; }
          header p:last-child { margin: 0; color: var(--soft); }
          h1 { margin: .2rem 0; font: 700 2.2rem/1.2 Georgia, "Times New Roman", serif; }
          h2 { margin: 2.2rem 0 .7rem; padding-bottom: .25rem; line-height: 1.3;
            border-bottom: 2px solid; border-bottom-color: var(--line); font-size: 1.35rem; }
          .standing { padding: .6rem .9rem; border: 1px solid; border-color: var(--line);
            border-radius: 8px;
            color: var(--soft); font-size: .92rem; }
          .alert { margin: 1rem 0; padding: .9rem 1.3rem; border-radius: 8px; }
          .alert h2 { margin: 0 0 .3rem; border: 0; }
          .verdict { padding: 1.1rem 1.5rem; border: 2px solid;
            border-color: var(--accent); border-radius: 8px;
            background-color: var(--verdict); }
          .verdict h2 { margin: 0 0 .3rem; border: 0; padding: 0; font-size: 1.9rem; }
          .verdict p { margin: .5rem 0; }
          .verdict .sentence { font-size: 1.1rem; }
          .verdict .time { font-weight: 600; }
          .verdict .rungs-title { margin-bottom: 0; font-size: .9rem; }
          .pair { display: grid; gap: 0 2.5rem;
            grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
          .pair > * { min-width: 0; }
          .outcomes ul { display: grid; gap: .5rem 1.5rem;
            grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); }
          .outcomes .number { font-size: 1.5rem; }
          .outcomes li > span:last-child { display: block; font-size: .9rem; }
          .note { font-size: .9rem; }
          .cards { display: grid; gap: .8rem 1.6rem;
            grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
          .card { padding: .6rem .8rem; border: 1px solid; border-color: var(--line);
            border-radius: 8px; }
          .check { margin: 0 0 .3rem; font-weight: 600; line-height: 1.45; }
          .measured li { display: grid; grid-template-columns: 1fr 120px; gap: 0 .8rem;
            align-items: center; padding: .2rem 0; font-size: .88rem; }
          .measured .value { grid-column: 1 / 3; line-height: 1.3; }
          svg.measured { display: block; }
          .base { stroke: var(--soft); } .allowed { fill: var(--line); }
          .edge, .span { stroke: var(--ink); } .dot { fill: var(--ink); }
          .off { stroke: var(--bad); }
          table { margin: .4rem 0 1.2rem; font-size: .92rem; }
          caption { padding: .3rem 0; font-size: .88rem; }
          th, td { padding: .38rem .6rem .38rem 0; }
          thead th { border-bottom-width: 2px; font-size: .84rem; }
          .facts th { width: 9.5rem; }
          .digest { font-size: .78rem; overflow-wrap: anywhere; }
          details { margin: .6rem 0; }
          summary { padding: .2rem 0; color: var(--accent); cursor: pointer; }
          pre { margin: .3rem 0 .8rem; padding: .6rem .8rem; border: 1px solid; border-color: var(--line);
            border-radius: 6px; font-size: .8rem; }
          .recipe p { margin: .2rem 0; }
          .payload .qr { display: block; width: 180px; height: 180px; margin: 0 0 .6rem; }
          .print-only { display: none; }
          footer { max-width: 62rem; margin: 0 auto; padding: 1rem 2.5rem 2.5rem;
            font-size: .9rem; }
        }
        @media screen and (max-width: 44rem) {
          main, footer { padding-left: 1rem; padding-right: 1rem; }
          main { margin-top: 0; }
          h1 { font-size: 1.6rem; } .verdict { padding: .9rem 1rem; }
          .verdict h2 { font-size: 1.4rem; }
          .rungs li { display: block; }
          .facts th { width: 7.5rem; }
          .rows thead { position: absolute; left: -9999px; }
          .rows tr, .rows tbody th, .rows td { display: block; }
          .rows tbody tr { padding: .4rem 0; border-bottom: 1px solid; border-bottom-color: var(--line); }
          .rows tbody th, .rows td { padding: .1rem 0; border: 0; }
          .rows td::before { content: attr(data-column) ": "; color: var(--soft); }
        }
        """
}
