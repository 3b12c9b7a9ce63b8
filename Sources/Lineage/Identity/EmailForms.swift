import Domain

/// Spellings of an e-mail address that reach the same mailbox.
enum EmailForms {
    private static let at = UInt8(ascii: "@")
    private static let aLabel = Array("xn--".utf8)

    /// What an address found in a text or declared is posted under besides itself: without its
    /// tag, as the one spelling of its mailbox, and with the letters its A-labels stand for.
    /// - Parameter email: lower case, with an `@`.
    static func mailboxes(_ email: ArraySlice<UInt8>) -> [[UInt8]] {
        guard let split = email.lastIndex(of: at), split > email.startIndex else { return [] }
        var forms: [[UInt8]] = []
        if let plain = IdentifierDetector.withoutTag(email) { forms.append(plain) }
        let domain = email[(split + 1)...]
        if let mailbox = mailbox(email[..<split], domain), !mailbox.elementsEqual(email) {
            forms.append(mailbox)
        }
        if domain.first == aLabel[0] || domain.contains(UInt8(ascii: "-")),
            let unicode = DomainName.unicode(String(decoding: domain, as: UTF8.self)),
            !unicode.utf8.elementsEqual(domain)
        {
            forms.append(Array(email[...split]) + unicode.utf8)
        }
        return forms
    }

    /// Whether `mailboxes` may give anything for an address; false for nearly all for which it does not.
    /// - Parameter at: place of the last `@`.
    static func mayHaveMailboxes(_ email: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
        let domain = UnsafeBufferPointer(rebasing: email[(place + 1)...])
        return domain.first == aLabel[0] || domain.contains(UInt8(ascii: "-"))
            || email[..<place].contains(UInt8(ascii: "+"))
            || MailProvider.mayBeKnown(domain: domain)
    }

    /// The one spelling that stands for a mailbox of a known provider.
    private static func mailbox(
        _ local: ArraySlice<UInt8>, _ domain: ArraySlice<UInt8>
    ) -> [UInt8]? {
        guard let provider = MailProvider.of(domain: domain), let first = provider.domains.first
        else { return nil }
        let box = provider.mailbox(local: local)
        return box.isEmpty ? nil : box + [at] + first.utf8
    }

    /// The mailbox on the provider's other domains.
    static func aliases(_ email: [UInt8]) -> [[UInt8]] {
        guard let split = email.lastIndex(of: at),
            let provider = MailProvider.of(domain: email[(split + 1)...])
        else { return [] }
        let local = email[..<split].prefix { $0 != UInt8(ascii: "+") }
        let box = provider.mailbox(local: local)
        guard !box.isEmpty else { return [] }
        return provider.domains.flatMap { domain in
            [box + [at] + domain.utf8, Array(local) + [at] + domain.utf8]
        }
    }
}

extension IdentityClosure {
    /// Keys: as given, domain in ASCII and in letters, without tag, the provider's other
    /// spellings. All are the person's.
    mutating func addEmail(_ value: String) {
        var folder = TextFolder()
        let folded = folder.folded(value)
        let clear = Deobfuscation.deobfuscated(folded)
        func add(_ form: [UInt8], _ rule: String) {
            let text = String(decoding: form, as: UTF8.self)
            self.add(.email, text, rule: rule, .strong)
            self.add(
                .obfuscatedEmail, text,
                rule: rule == "email" ? "email-obfuscated" : rule, .strong)
        }
        for form in IdentifierForms.exactForms(.email, value) { add(Array(form.utf8), "email") }
        if let clear {
            IdentifierDetector.emails(in: clear) { add(Array($0), "email") }
        }
        for address in keys.compactMap({ $0.group == .email ? $0.form?.revealed : nil }) {
            guard let split = address.lastIndex(of: "@") else { continue }
            let domain = String(address[address.index(after: split)...])
            for other in [DomainName.ascii(domain), DomainName.unicode(domain)] {
                guard let other, !other.utf8.elementsEqual(domain.utf8) else { continue }
                let form = address[...split] + other
                add(Array(form.utf8), "email-domain")
                add(folder.folded(String(form)), "email-domain")
            }
        }
        for address in keys.compactMap({ $0.group == .email ? $0.form?.revealed : nil }) {
            let bytes = Array(address.utf8)
            if let plain = IdentifierDetector.withoutTag(bytes[...]) {
                add(plain, "email-without-tag")
            }
            for form in EmailForms.mailboxes(bytes[...]) + EmailForms.aliases(bytes) {
                add(form, "email-mailbox")
            }
        }
    }
}
