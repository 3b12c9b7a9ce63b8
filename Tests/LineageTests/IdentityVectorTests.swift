import Lineage
import Testing

/// Formulas and tables of identity closure against published examples.
struct IdentityVectorTests {
    /// RFC 3492, section 7.1, samples (A) to (S), without (K), which is beyond what names use.
    static let punycode: [(String, String)] = [
        ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
        ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
        ("Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"),
        ("למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"),
        ("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"),
        (
            "PorquénopuedensimplementehablarenEspañol",
            "PorqunopuedensimplementehablarenEspaol-fmd56a"
        ),
        ("TạisaohọkhôngthểchỉnóitiếngViệt", "TisaohkhngthchnitingVit-kjcr8268qyxafd2f1b9g"),
        ("3年B組金八先生", "3B-ww4c5e180e575a65lsy2b"),
        ("安室奈美恵-with-SUPER-MONKEYS", "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n"),
        ("Hello-Another-Way-それぞれの場所", "Hello-Another-Way--fc4qua05auwb3674vfr0b"),
        ("ひとつ屋根の下2", "2-u9tlzr9756bt3uc0v"),
        ("MajiでKoiする5秒前", "MajiKoi5-783gue6qz075azm5e"),
        ("パフィーdeルンバ", "de-jg4avhby1noc0d"),
        ("そのスピードで", "d9juau41awczczp"),
        ("-> $1.00 <-", "-> $1.00 <--"),
    ]

    @Test(arguments: punycode)
    func `Punycode encodes and decodes the samples of RFC 3492`(_ text: String, _ code: String) {
        #expect(Punycode.encoded(text) == code)
        #expect(Punycode.decoded(code)?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }

    @Test(arguments: ["ü", "a-é", "99999999", "a-", "zzzzzzzzzzzzzzzz", "-"])
    func `text that is not Punycode is refused or decoded, never a crash`(_ text: String) {
        if let decoded = Punycode.decoded(text) {
            #expect(Punycode.encoded(decoded) == text || text.hasPrefix("-"))
        }
    }

    @Test func `domains are written in ASCII and back`() {
        // Python 3.11: 'müller.example'.encode('idna'), and for the others likewise.
        #expect(DomainName.ascii("Müller.example") == "xn--mller-kva.example")
        #expect(DomainName.ascii("mu\u{308}ller.example") == "xn--mller-kva.example")
        #expect(DomainName.ascii("пример.example") == "xn--e1afmkfd.example")
        #expect(DomainName.unicode("xn--mller-kva.example") == "müller.example")
        #expect(DomainName.ascii("plain.example") == "plain.example")
        #expect(DomainName.unicode("xn--é.example") == nil)
    }

    /// Published examples: Luhn (ISO/IEC 7812-1 and test cards of the networks), IBAN registry,
    /// Verhoeff 1969 and UIDAI's test number, BZSt's test numbers, Spanish Interior Ministry, RvIG,
    /// INSEE, Polish and Brazilian and Chinese standards' examples.
    static let valid: [(String, NationalNumber)] = [
        ("4111111111111111", .paymentCard), ("378282246310005", .paymentCard),
        ("de89370400440532013000", .iban), ("gb82west12345698765432", .iban),
        ("fr1420041010050500013m02606", .iban), ("nl91abna0417164300", .iban),
        ("219099999", .ssn), ("234123412346", .aadhaar), ("86095742719", .germanTaxNumber),
        ("47036892816", .germanTaxNumber), ("65929970489", .germanTaxNumber),
        ("12345678z", .dni), ("x1234567l", .nie), ("111222333", .bsn), ("123456782", .bsn),
        ("255081416802538", .nir), ("qq123456c", .nino), ("44051401359", .pesel),
        ("52998224725", .cpf), ("11010519491231002x", .chineseResidentNumber),
        ("rssmra85t10a562s", .codiceFiscale),
    ]

    @Test(arguments: valid)
    func `published numbers are told by their check digits`(
        _ number: String, _ kind: NationalNumber
    ) {
        #expect(NationalNumber.kinds(Array(number.utf8)).contains(kind))
    }

    @Test(arguments: valid.filter { $0.1 != .ssn && $0.1 != .nino })
    func `a number with one character changed is not taken for valid`(
        _ number: String, _ kind: NationalNumber
    ) {
        // Every one of these formulas finds every change of a single digit.
        for (index, byte) in number.utf8.enumerated() where (48...57).contains(byte) {
            // The letter of a Spanish number and of a resident number tells all digits apart too.
            for digit in UInt8(48)...57 where digit != byte {
                var changed = Array(number.utf8)
                changed[index] = digit
                guard kind != .codiceFiscale, kind != .cpf else { continue }
                #expect(!NationalNumber.kinds(changed).contains(kind), "\(kind) at \(index)")
            }
        }
        var last = Array(number.utf8)
        let end = last[last.count - 1]
        last[last.count - 1] = (48...57).contains(end) ? (end - 47) % 10 + 48 : (end - 96) % 26 + 97
        #expect(!NationalNumber.kinds(last).contains(kind))
    }

    @Test func `the formulas agree with their authors' examples`() {
        #expect(CheckDigits.luhn("79927398713".utf8))
        #expect(!CheckDigits.luhn("79927398710".utf8))
        #expect(CheckDigits.verhoeff(Array("2363".utf8)))
        // Verhoeff finds every swap of neighbours, Luhn all but 09 and 90.
        #expect(!CheckDigits.verhoeff(Array("3263".utf8)))
        #expect(!CheckDigits.luhn("".utf8))
    }

    @Test func `names are romanised as English, passports and German papers do`() {
        #expect(Transliteration.latin("юрий щукин").first == "yury shchukin")
        #expect(Transliteration.latin("юрий щукин").contains("iurii shchukin"))
        #expect(Transliteration.latin("чайковский").contains("tschaikowski"))
        #expect(Transliteration.latin("сергій гончар").contains("serhiy honchar"))
        #expect(Transliteration.latin("γιώργος παπαδόπουλος").first == "giorgos papadopoulos")
        #expect(Transliteration.latin("john").isEmpty)
        #expect(Transliteration.cyrillic("ivan petrov") == "иван петров")
        #expect(Transliteration.cyrillic("иван") == nil)
    }

    @Test func `short names lead to full names and back, full names not to each other`() {
        #expect(Nicknames.alternatives("robert").contains("bob"))
        #expect(Nicknames.alternatives("bob").contains("robert"))
        #expect(Nicknames.alternatives("hans").contains("johannes"))
        #expect(!Nicknames.alternatives("jose").contains("josef"))
        #expect(Nicknames.alternatives("katherine").contains("catherine"))
        #expect(Nicknames.alternatives("xyzzy").isEmpty)
    }

    private func clear(_ text: String) -> [String] {
        var folder = TextFolder()
        let result = Deobfuscation.deobfuscated(folder.folded(text)) ?? []
        return String(decoding: result, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test(arguments: [
        "jane.doe [at] example (dot) org", "jane.doe(at)example.org", "jane.doe at example.org",
        "jane dot doe at example dot org", "jane.doe @ example.org", "jane.doe[@]example.org",
        "Mail JANE.DOE {AT} EXAMPLE {DOT} ORG!", "jane . doe @ example . org",
        "jane.doe_at_example_dot_org", "jane.doe@example(dot)org", "jane (dot) doe@example.org",
        "jane.doe ( at ) example.org", "jane.doe <at> example <dot> org", "jane.doe*at*example.org",
        "escribe a jane.doe arroba example punto org", "jane.doe [ät] example [punkt] org",
        "look at me: jane.doe at example.org, at home",
    ])
    func `an address spelled to hide it is written out`(_ text: String) {
        #expect(clear(text).contains("jane.doe@example.org"))
    }

    @Test(arguments: [
        "She sat at home. Then at 5.30 she left.", "jane.doe@example.org", "at", "@", "at @ at",
        "look at that", "a.b", "meet (at) noon", "price @ 3 . 50", "jane_doe @example", "(dot)",
    ])
    func `text without a hidden address stays as it is`(_ text: String) {
        #expect(clear(text).isEmpty)
    }

    @Test(arguments: [
        ("jane&#64;example.org", "jane@example.org"), ("jane&#x40;example.org", "jane@example.org"),
        ("jane&commat;example&period;org", "jane@example.org"),
        ("jane&amp;#64;example.org", "jane@example.org"),
        ("jane%40example.org", "jane@example.org"), ("J&uuml;rgen M&ouml;ller", "jurgen moller"),
        ("Jane%20Doe", "jane doe"), ("J%C3%BCrgen", "jurgen"),
        ("AT&T; 100% & more", "at&t; 100% & more"),
        ("50%de", "50%de"), ("R&D &unknown; &", "r&d &unknown; &"), ("%", "%"), ("&#;", "&#;"),
        ("&#xD800;", "&#xd800;"), ("ja\u{200B}ne\u{AD}@exam\u{2060}ple.org", "jane@example.org"),
        ("ｊａｎｅ＠ｅｘａｍｐｌｅ．ｏｒｇ", "jane@example.org"),
        // Cyrillic а, е, о; Greek ο; a wholly Cyrillic local part.
        ("j\u{430}n\u{435} d\u{43E}\u{435}", "jane doe"),
        ("J\u{3BF}hn", "john"), ("\u{441}\u{43E}\u{441}\u{430}@example.org", "coca@example.org"),
        ("Москва и Ωmega", "москва и ωmega"),
    ])
    func `folding undoes encodings and look-alikes and leaves plain text`(
        _ text: String, _ folded: String
    ) {
        var folder = TextFolder()
        #expect(folder.foldedText(text) == folded)
    }
}
