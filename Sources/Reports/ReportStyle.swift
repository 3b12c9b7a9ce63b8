/// The look of every report.
enum ReportStyle {
    /// Colours of the marks are those of Okabe and Ito, darkened or lightened until they stand out
    /// 3 to 1 from the ground; those of texts stand out 4.5 to 1. Marks differ in shape, too.
    static let sheet: HTMLFragment = """
        :root { color-scheme: light dark;
          --ink: #1c2430; --soft: #556070; --line: #d5dae1; --paper: #ffffff; --ground: #eef1f5;
          --accent: #1f4e79; --good: #11502a; --good-paper: #def2e4; --bad: #8c1710;
          --bad-paper: #fbdcd9; --open: #6b3f00; --open-paper: #ffe9c2;
          --before: #c04f00; --after: #0068a8; --others: #7b8594; --others-fill: #c9d0da;
          --retained: #00785a; --reference: #a3457f; }
        @media (prefers-color-scheme: dark) { :root {
          --ink: #e6eaf0; --soft: #a9b3c1; --line: #3a4453; --paper: #171c24; --ground: #0e1218;
          --accent: #8fbfe8; --good: #9fe0b5; --good-paper: #12351f; --bad: #ffb3ab;
          --bad-paper: #461815; --open: #ffd48a; --open-paper: #402a06;
          --before: #ff9047; --after: #66b8f0; --others: #8f9bac; --others-fill: #465163;
          --retained: #35c49c; --reference: #e39ac6; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink);
          font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 62rem; margin: 2rem auto 0; padding: 0 2.5rem 1.5rem;
          background: var(--paper); border-top: 8px solid var(--accent); }
        header { padding: 2rem 0 1rem; }
        .kind { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .06em;
          text-transform: uppercase; font-size: .85rem; }
        h1 { margin: .2rem 0; font: 700 2.2rem/1.2 Georgia, "Times New Roman", serif;
          overflow-wrap: anywhere; }
        header p:last-child { margin: 0; color: var(--soft); }
        h2 { margin: 2.4rem 0 .8rem; padding-bottom: .25rem; border-bottom: 2px solid var(--line);
          font: 700 1.4rem/1.3 Georgia, "Times New Roman", serif; }
        h3 { margin: 1.4rem 0 .4rem; font-size: 1.05rem; line-height: 1.5; }
        p { overflow-wrap: break-word; }
        .verdict { padding: 1.1rem 1.5rem; border: 2px solid; border-radius: 8px; }
        .verdict h2 { margin: 0 0 .4rem; border: 0; padding: 0; font-size: 1.8rem; }
        .verdict p { margin: .5rem 0; color: var(--ink); }
        .passed { background: var(--good-paper); color: var(--good); }
        .failed { background: var(--bad-paper); color: var(--bad); }
        .unknown { background: var(--open-paper); color: var(--open); }
        .badge { display: inline-block; margin-right: .3rem; padding: .02rem .6rem;
          border-radius: 1rem; font-size: .85rem; font-weight: 700; white-space: nowrap; }
        .check { margin: 1.1rem 0; padding: 0 0 .6rem; border-bottom: 1px solid var(--line); }
        .check h3 { margin: 0; }
        .check p { margin: .35rem 0; }
        summary { padding: .25rem 0; color: var(--accent); cursor: pointer; }
        table { width: 100%; margin: .5rem 0 1.4rem; border-collapse: collapse; font-size: .92rem; }
        caption { padding: .3rem 0; color: var(--soft); font-size: .85rem; text-align: left; }
        th, td { padding: .42rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
          vertical-align: top; overflow-wrap: break-word; }
        thead th { border-bottom-width: 2px; color: var(--soft); font-size: .82rem;
          overflow-wrap: normal; }
        tbody th { font-weight: 600; }
        .facts td { overflow-wrap: anywhere; }
        td { font-variant-numeric: tabular-nums; }
        .facts tbody th { width: 12rem; color: var(--soft); }
        .holds { color: var(--good); white-space: nowrap; }
        .broken { color: var(--bad); font-weight: 700; }
        .open { color: var(--open); font-weight: 700; }
        code { font: .88em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
        .digest { font-size: .8rem; overflow-wrap: anywhere; }
        .note, footer { color: var(--soft); font-size: .9rem; }
        footer { max-width: 62rem; margin: 0 auto; padding: 1rem 2.5rem 2.5rem; }
        .plots { display: grid; gap: 1rem 2rem; margin: .8rem 0 1rem;
          grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
        figure { margin: 0; max-width: 36rem; }
        figcaption { font-weight: 600; font-size: .95rem; line-height: 1.4; }
        figure svg.plot { display: block; width: 100%; height: auto; }
        figure text { fill: var(--ink); font-size: 13px; }
        figure text.soft { fill: var(--soft); }
        figure text.halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
        .axis { stroke: var(--soft); fill: none; }
        .grid { stroke: var(--line); fill: none; }
        .limit { stroke: var(--ink); stroke-width: 1.6; stroke-dasharray: 6 4; fill: none; }
        .bar { fill: var(--others-fill); stroke: var(--others); }
        .stem { stroke-width: 2; fill: none; }
        .trace { stroke-width: 2; fill: none; }
        .mark { stroke-width: 1.4; }
        .person, .after { --c: var(--after); } .before { --c: var(--before); }
        .twins, .strangers { --c: var(--others); } .retained { --c: var(--retained); }
        .reference { --c: var(--reference); }
        .mark.person, .mark.before, .mark.after, .mark.reference {
          fill: var(--c); stroke: var(--paper); }
        .mark.twins, .mark.strangers, .mark.retained { fill: none; stroke: var(--c); }
        .stem, .trace, .outline { stroke: var(--c); }
        .outline { fill: none; stroke-width: 2; }
        .trace.before { stroke-dasharray: 7 3; } .trace.reference { stroke-dasharray: 2 3; }
        .legend { margin: .2rem 0 .3rem; padding: 0; list-style: none; font-size: .88rem;
          line-height: 1.45; }
        .legend svg { width: 1.5em; height: 1em; margin-right: .3em; vertical-align: -.12em; }
        .plots .note { margin: 0; font-size: .82rem; }
        @media screen and (max-width: 40rem) {
          main, footer { padding-left: 1rem; padding-right: 1rem; }
          h1 { font-size: 1.7rem; } .verdict { padding: .9rem 1rem; }
          .verdict h2 { font-size: 1.4rem; }
          .facts tbody th { width: 7.5rem; }
          figure text { font-size: 15px; }
          .rows thead { display: none; }
          .rows tr, .rows tbody th, .rows td { display: block; }
          .rows tbody tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
          .rows tbody th, .rows td { padding: .1rem 0; border: 0; }
          .rows td[data-column]:not([data-column=""])::before {
            content: attr(data-column) ": "; color: var(--soft); }
        }
        @page { size: A4; margin: 16mm 15mm; }
        @media print {
          :root { --ink: #000; --soft: #444c58; --line: #c4cad3; --paper: #fff; --ground: #fff;
            --accent: #1f4e79; --good: #11502a; --good-paper: #def2e4; --bad: #8c1710;
            --bad-paper: #fbdcd9; --open: #6b3f00; --open-paper: #ffe9c2; --before: #c04f00;
            --after: #0068a8; --others: #7b8594; --others-fill: #c9d0da; --retained: #00785a;
            --reference: #a3457f; color-scheme: light; }
          html { font-size: 10pt; }
          body { font-size: 1rem; }
          main { max-width: none; margin: 0; padding: 0; border-top-width: 4pt; }
          footer { padding: 0; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          details::details-content { content-visibility: visible; height: auto; }
          summary { list-style: none; }
          .plots { display: block; }
          .plots figure { display: inline-block; width: 48%; margin: 0 1.5% 1rem 0;
            vertical-align: top; }
          h2, h3, caption, thead, summary { break-after: avoid; }
          tr, .verdict, figure { break-inside: avoid; }
        }
        """
}
