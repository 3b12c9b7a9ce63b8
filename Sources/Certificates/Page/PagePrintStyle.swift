import Reports

extension CertificatePage {
    /// Two A4 pages for the usual certificate: the verdict and what was measured on the first, the
    /// facts on the second. Columns are made of tables and multi-column text, which every print engine knows.
    static let printStyle: HTMLFragment = """

        @page { size: A4; margin: 10mm 12mm 11mm; }
        @page { @bottom-right { content: counter(page) " / " counter(pages);
          font: 6.5pt Arial, sans-serif; color: #444c58; } }
        @media print {
          :root { color-scheme: light; --ink: #000000; --soft: #3f4752; --line: #c4cad3;
            --paper: #ffffff; --ground: #ffffff; --accent: #1f4e79; --good: #11502a;
            --good-paper: #e6f4ea; --bad: #8c1710; --bad-paper: #fbe6e4; --open: #6b3f00;
            --open-paper: #fff1d6; --verdict: #f4f7fa; }
          body { background-color: #ffffff; font: 7.5pt/1.27 Arial, "Liberation Sans", "Nimbus Sans",
            "DejaVu Sans", sans-serif; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          p { margin: 1.2pt 0; }
          header { border-top: 3pt solid; border-top-color: var(--accent); padding-top: 4pt; }
          .kind { font-size: 7.4pt; }
          h1 { margin: 0; font-size: 15pt; line-height: 1.2; }
          h2 { margin: 4pt 0 1.5pt; padding-bottom: .5pt;
            border-bottom: .8pt solid; border-bottom-color: var(--line);
            font-size: 9pt; line-height: 1.15; }
          h3 { margin: 2.5pt 0 1pt; font-size: 7.4pt; }
          ul, ol { margin: 1.5pt 0; padding-left: 9pt; }
          li { margin: 0 0 .8pt; }
          .standing { margin: 3pt 0; color: var(--soft); }
          .alert { margin: 4pt 0; padding: 4pt 7pt; }
          .alert h2 { margin: 0; border: 0; font-size: 11pt; }
          .verdict { margin: 4pt 0; padding: 5pt 8pt; border: 1.2pt solid; border-color: var(--accent);
            background-color: var(--verdict); }
          .verdict h2 { margin: 0 0 2pt; padding: 0; border: 0; font-size: 14pt; }
          .verdict .sentence { font-size: 9pt; }
          .verdict .time { font-size: 8.4pt; font-weight: 700; }
          .rungs, .rungs-title { display: inline; }
          .rungs li { display: inline; margin-right: 6pt; white-space: nowrap; }
          .pair { display: table; width: 100%; table-layout: fixed; }
          .pair > * { display: table-cell; width: 50%; vertical-align: top; }
          .pair > :first-child { padding-right: 6mm; }
          .pair h2:first-child, .sheet > .pair:first-child h2 { margin-top: 0; }
          .outcomes li { display: inline; margin-right: 7pt; white-space: nowrap; }
          .outcomes .number { font-size: 9pt; }
          .cards { column-count: 2; column-gap: 6mm; }
          .card { break-inside: avoid; margin: 0 0 2.6pt; }
          .check { margin: 0; font-weight: 700; font-size: 7.1pt; }
          .badge { padding: 0 3pt; font-size: 6.6pt; border: .5pt solid; }
          .measured li { display: table; width: 100%; table-layout: fixed; margin: 0;
            font-size: 6.9pt; line-height: 1.2; }
          .measured .name, .measured .drawing, .measured .value { display: table-cell;
            vertical-align: middle; }
          .measured .name { width: 34%; } .measured .drawing { width: 26%; }
          svg.measured { width: 22mm; height: 2.93mm; }
          .dense { padding: 0; }
          .dense li { display: inline; }
          .dense li:not(:last-child)::after { content: " \\00b7 "; }
          .sheet { break-before: page; font-size: 7.3pt; }
          table { margin: 0 0 1.5pt; }
          caption { padding: 0; font-size: 6.6pt; font-style: italic; line-height: 1.15; }
          th, td { padding: .35pt 4pt .35pt 0; border-bottom-width: .4pt; }
          .facts { font-size: 6.8pt; line-height: 1.15; }
          .facts th { width: 23mm; font-weight: 400; }
          .copies { table-layout: fixed; }
          .copies th:nth-child(1) { width: 61mm; } .copies th:nth-child(2) { width: 39mm; }
          .copies th:nth-child(3) { width: 21mm; }
          .coverage .rows { table-layout: fixed; }
          .coverage th:nth-child(1) { width: 40mm; } .coverage th:nth-child(2) { width: 68mm; }
          .coverage th:nth-child(3) { width: 18mm; }
          .coverage code { font-size: 5.8pt; }
          .rows { font-size: 6.8pt; line-height: 1.15; }
          .rest, details, .screen-only { display: none; }
          .digest { font-size: 6.4pt; }
          pre { margin: 0; font-size: 5.9pt; line-height: 1.2; }
          .recipe p { margin: 0; }
          .recipe ol { margin: 0; }
          .payload { font-size: 6.8pt; }
          .payload .qr { float: left; width: 29mm; height: 29mm; margin: 0 3mm 0 0; }
          .payload .digest { font-size: 6pt; }
          h2, h3, caption, thead { break-after: avoid; }
          tr, .verdict, .alert, .payload, pre { break-inside: avoid; }
          footer { margin-top: 2pt; font-size: 6.6pt; }
        }

        """
}
