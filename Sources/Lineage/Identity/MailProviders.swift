/// What is known of a provider's mailboxes: which spellings reach the same one.
///
/// Used for extra keys only. Sources: the providers' own help pages, named at each entry; where a
/// provider is not listed, its dots, hyphens and domains count as different mailboxes.
struct MailProvider {
    /// Domains of the same mailboxes; the first one stands for all.
    let domains: [String]
    /// Characters of the local part that the provider ignores.
    var ignored: [UInt8] = []
    /// Characters that the provider takes for one another: the second stands for both.
    var same: (UInt8, UInt8)?
    /// What begins a tag, besides the `+` of RFC 5233.
    var tagMark: UInt8?

    private static let dot = UInt8(ascii: ".")
    private static let hyphen = UInt8(ascii: "-")

    static let known: [MailProvider] =
        [
            // Gmail Help, "Dots don't matter in Gmail addresses" (answer 7436150); googlemail.com
            // is its name in some countries (answer 10313).
            MailProvider(domains: ["gmail.com", "googlemail.com"], ignored: [dot]),
            // Proton support, "Addresses and aliases": dots, hyphens and underscores are ignored,
            // and a user name is the same person on all its domains.
            MailProvider(
                domains: ["proton.me", "protonmail.com", "pm.me", "protonmail.ch"],
                ignored: [dot, hyphen, UInt8(ascii: "_")]),
            // Apple support, "If you have an @mac.com, @me.com or @icloud.com address".
            MailProvider(domains: ["icloud.com", "me.com", "mac.com"]),
            // Yandex Mail support, "Domains": one mailbox on all, full stop and hyphen are alike.
            MailProvider(
                domains: [
                    "yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua",
                ],
                same: (hyphen, dot)),
        ]
        // Yahoo Help, "Disposable addresses": name-keyword; other names have no hyphen.
        + [
            "yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.ca", "yahoo.de",
            "yahoo.fr", "yahoo.es", "yahoo.it",
        ].map { MailProvider(domains: [$0], tagMark: hyphen) }

    private static let domainBytes: [(bytes: [UInt8], provider: MailProvider)] = known.flatMap {
        provider in provider.domains.map { (Array($0.utf8), provider) }
    }

    /// By the first byte of a domain a bit for each length that a known one has.
    private static let domainCounts: [UInt32] = {
        var counts = [UInt32](repeating: 0, count: 256)
        for entry in domainBytes {
            if let first = entry.bytes.first {
                counts[Int(first)] |= 1 << UInt32(entry.bytes.count)
            }
        }
        return counts
    }()

    /// False for nearly all domains that no known provider has.
    static func mayBeKnown(domain: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = domain.first, domain.count < 32 else { return false }
        return domainCounts[Int(first)] >> UInt32(domain.count) & 1 == 1
    }

    static func of(domain: ArraySlice<UInt8>) -> MailProvider? {
        domainBytes.first { $0.bytes.count == domain.count && $0.bytes.elementsEqual(domain) }?
            .provider
    }

    /// The one spelling that stands for a mailbox of this provider, without tag.
    func mailbox(local: ArraySlice<UInt8>) -> [UInt8] {
        var local = local.prefix { $0 != UInt8(ascii: "+") && $0 != tagMark }
        if let same {
            local = ArraySlice(local.map { $0 == same.0 ? same.1 : $0 })
        }
        return local.filter { !ignored.contains($0) }
    }
}
