import Reports

extension CertificatePage {
    /// Two A4 pages for the usual certificate: the verdict and what was measured on the first, the facts on
    /// the second. Columns are made of tables and multi-column text, which every print engine knows.
    static let printStyle: HTMLFragment = """

        @page { size: A4; margin: 11mm 12mm 12mm; }
        @page { @bottom-right { content: counter(page) " / " counter(pages);
          font: 6.5pt Arial, sans-serif; color: #444c58; } }
        @media print {
          :root { color-scheme: light; --ink: #000000; --soft: #3f4752; --line: #c4cad3;
            --paper: #ffffff; --ground: #ffffff; --accent: #1f4e79; --good: #11502a;
            --good-paper: #e6f4ea; --bad: #8c1710; --bad-paper: #fbe6e4; --open: #6b3f00;
            --open-paper: #fff1d6; --verdict: #f4f7fa; }
          body { background: #ffffff; font: 7.4pt/1.3 Arial, "Liberation Sans", "Nimbus Sans",
            "DejaVu Sans", sans-serif; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          p { margin: 1.2pt 0; }
          header { border-top: 3pt solid var(--accent); padding-top: 4pt; }
          .kind { font-size: 7.4pt; }
          h1 { margin: 0; font-size: 15pt; line-height: 1.2; }
          h2 { margin: 5pt 0 2pt; padding-bottom: 1pt; border-bottom: .8pt solid var(--line);
            font-size: 9.2pt; line-height: 1.2; }
          h3 { margin: 2.5pt 0 1pt; font-size: 7.4pt; }
          ul, ol { margin: 1.5pt 0; padding-left: 9pt; }
          li { margin: 0 0 .8pt; }
          .standing { margin: 3pt 0; color: var(--soft); }
          .alert { margin: 4pt 0; padding: 4pt 7pt; }
          .alert h2 { margin: 0; border: 0; font-size: 11pt; }
          .verdict { margin: 4pt 0; padding: 5pt 8pt; border: 1.2pt solid var(--accent);
            background: var(--verdict); }
          .verdict h2 { margin: 0 0 2pt; padding: 0; border: 0; font-size: 14pt; }
          .verdict .sentence { font-size: 9pt; }
          .verdict .time { font-size: 8.4pt; font-weight: 700; }
          .rungs, .rungs-title { display: inline; }
          .rungs li { display: inline; margin-right: 6pt; }
          .pair { display: table; width: 100%; table-layout: fixed; }
          .pair > * { display: table-cell; width: 50%; vertical-align: top; }
          .pair > :first-child { padding-right: 6mm; }
          .outcomes li { display: inline; margin-right: 8pt; }
          .outcomes .number { font-size: 9pt; }
          .cards { column-count: 2; column-gap: 6mm; }
          .card { break-inside: avoid; margin: 0 0 2.6pt; }
          .check { margin: 0; font-weight: 700; }
          .badge { padding: 0 3pt; font-size: 6.6pt; border: .5pt solid; }
          .measured li { display: table; width: 100%; table-layout: fixed; margin: 0;
            font-size: 6.9pt; line-height: 1.2; }
          .measured .name, .measured .drawing, .measured .value { display: table-cell;
            vertical-align: middle; }
          .measured .name { width: 36%; } .measured .drawing { width: 27%; }
          svg.measured { width: 22mm; height: 2.93mm; }
          .dense { column-count: 2; column-gap: 6mm; }
          .pair .dense { column-count: 1; }
          .dense li { break-inside: avoid; }
          .sheet { break-before: page; }
          table { margin: 0 0 2pt; }
          caption { padding: 0 0 .5pt; font-size: 6.8pt; font-style: italic; }
          th, td { padding: .7pt 4pt .7pt 0; border-bottom-width: .5pt; }
          .facts th { width: 25mm; font-weight: 400; }
          .rows { font-size: 6.9pt; }
          .rest, details, .screen-only { display: none; }
          .digest { font-size: 6.4pt; }
          pre { margin: 0 0 1.5pt; font-size: 5.9pt; line-height: 1.25; }
          .steps ol { margin-top: 0; }
          .payload { float: right; width: 46mm; margin: 0 0 0 5mm; font-size: 6.6pt; }
          .payload .qr { display: block; width: 31mm; height: 31mm; margin: 0 0 1pt; }
          h2, h3, caption, thead { break-after: avoid; }
          tr, .verdict, .alert, .payload, pre { break-inside: avoid; }
          footer { margin-top: 2pt; font-size: 6.6pt; }
        }

        """
}
