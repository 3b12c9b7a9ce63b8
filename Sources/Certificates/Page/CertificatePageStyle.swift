extension CertificatePage {
    /// Contrast of every pair of text and ground is at least 4.5 to 1.
    static let style: HTMLFragment = """
        :root { --ink: #1c2430; --soft: #556070; --line: #d5dae1; --paper: #ffffff;
          --ground: #eef1f5; --accent: #1f4e79; }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink);
          font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 62rem; margin: 2rem auto 0; padding: 0 2.5rem 1.5rem;
          background: var(--paper); border-top: 8px solid var(--accent);
          box-shadow: 0 1px 4px rgba(28, 36, 48, .18); }
        header { padding: 2rem 0 1rem; }
        .kind { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .06em;
          text-transform: uppercase; font-size: .85rem; }
        h1 { margin: .2rem 0; font: 700 2.3rem/1.2 Georgia, "Times New Roman", serif; }
        header p:last-child { margin: 0; color: var(--soft); }
        h2 { margin: 2.4rem 0 .8rem; padding-bottom: .25rem; border-bottom: 2px solid var(--line);
          font: 700 1.4rem/1.3 Georgia, "Times New Roman", serif; }
        h3 { margin: 1.6rem 0 .5rem; font-size: 1.05rem; line-height: 1.4; }
        .verdict { padding: 1.2rem 1.5rem; border: 2px solid var(--accent); border-radius: 8px;
          background: #f3f7fb; }
        .verdict.exact { border-color: #1d6b3a; background: #f1f8f3; }
        .verdict h2 { margin: 0 0 .4rem; border: 0; padding: 0; font-size: 2rem; }
        .verdict p { margin: .5rem 0; }
        .verdict .result { margin-bottom: 0; font-size: 1.1rem; font-weight: 600; }
        .investigation { margin-top: 1.2rem; padding: .2rem 1.5rem 1rem; border-radius: 8px;
          border: 2px solid #a15c00; background: #fff8ec; }
        .investigation h2 { margin: .9rem 0 .4rem; border: 0; }
        blockquote { margin: .5rem 0; padding-left: 1rem; border-left: 4px solid #a15c00; }
        .wide { overflow-x: auto; }
        table { width: 100%; margin: .5rem 0 1.4rem; border-collapse: collapse; font-size: .92rem; }
        caption { padding: .3rem 0; color: var(--soft); font-size: .85rem; text-align: left; }
        th, td { padding: .42rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
          vertical-align: top; overflow-wrap: break-word; }
        thead th { border-bottom: 2px solid var(--line); color: var(--soft); font-size: .82rem; }
        tbody th { font-weight: 600; }
        .facts tbody th { width: 11.5rem; color: var(--soft); }
        .facts td { overflow-wrap: anywhere; }
        .check .wide td:nth-child(2), .check .wide td:nth-child(3) {
          font-variant-numeric: tabular-nums; }
        .badge { display: inline-block; padding: .05rem .6rem; border-radius: 1rem;
          font-size: .85rem; font-weight: 700; white-space: nowrap; }
        .passed { background: #d9f0df; color: #11502a; }
        .failed { background: #fbdcd9; color: #8c1710; }
        .unknown { background: #ffe9c2; color: #6b3f00; }
        .holds { color: #11502a; white-space: nowrap; }
        .broken { color: #8c1710; font-weight: 700; }
        code, pre, samp { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
        code { font-size: .88em; }
        pre { margin: .6rem 0; padding: .7rem .9rem; border: 1px solid var(--line);
          border-radius: 6px; background: #f6f8fa; font-size: .82rem; white-space: pre-wrap;
          overflow-wrap: anywhere; }
        .commands code { user-select: all; font-size: 1em; }
        .digest { font-size: .8rem; overflow-wrap: anywhere; }
        time, .status { white-space: nowrap; }
        .plain { margin: 0; padding: 0; list-style: none; }
        .note, footer { color: var(--soft); font-size: .9rem; }
        footer { max-width: 62rem; margin: 0 auto; padding: 1rem 2.5rem 2.5rem; }
        @media (max-width: 40rem) {
          main, footer { padding-left: 1rem; padding-right: 1rem; }
          .facts tbody th { width: 7.5rem; }
        }
        @media print {
          body { background: #fff; font-size: 10.5pt; }
          main { max-width: none; margin: 0; padding: 0; box-shadow: none; border-top-width: 4pt; }
          footer { padding: 0; }
          .badge, .verdict, .investigation, pre {
            print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          .wide { overflow: visible; }
          h2, h3, caption, thead { break-after: avoid; }
          tr, .verdict, .investigation, pre { break-inside: avoid; }
        }
        """
}
