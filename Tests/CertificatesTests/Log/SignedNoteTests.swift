import Certificates
import Domain
import Foundation
import Testing

@Suite struct SignedNoteTests {
    /// Example of the Go package golang.org/x/mod/sumdb/note, from which the format comes.
    static let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let example = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """

    @Test func `A published note verifies with its published key and is written as it was`() throws
    {
        let key = try NoteKey(vkey: Self.vkey)
        let note = try SignedNote(parsing: Data(Self.example.utf8))
        #expect(try note.signature(of: key) != nil)
        #expect(note.encoded() == Data(Self.example.utf8))
        #expect(key.vkey == Self.vkey)
        #expect(key.id == 0xc74f_20a3)
        let changed = Self.example.replacing("answer", with: "Answer")
        #expect(
            refusal { _ = try SignedNote(parsing: Data(changed.utf8)).signature(of: key) }
                == .invalidNoteSignature)
    }

    @Test func `A key id is that of name, kind and key, and other keys are ignored`() throws {
        let fixtures = try LogFixtures()
        let key = try fixtures.logKey
        let other = NoteKey(name: key.name, kind: .cosignature, publicKey: key.publicKey)
        #expect(other.id != key.id)
        let note = try LogProof(parsing: fixtures.proof).checkpoint.note
        #expect(try note.signature(of: key) != nil)
        #expect(try note.signature(of: other) == nil)
        #expect(
            try note.signature(
                of: NoteKey(name: key.name, kind: .ed25519, publicKey: SigningKey().publicKey))
                == nil)
    }

    @Test(arguments: [
        "PeterNeumann+c74f20a3",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        "PeterNeumann+c74f20a3+Bhpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW", "",
    ])
    func `A verifier key has one form`(text: String) {
        #expect(refusal { _ = try NoteKey(vkey: text) } == .malformedKey)
    }

    @Test(arguments: [
        ("a\n\n\u{2014} n AAAAAAE=\n", nil),
        ("a\n\nb\n\n\u{2014} n AAAAAAE=\n\u{2014} n AAAAAAI=\n", nil),
        ("a\n\n\u{2014} n AAAAAAE=", "cut off"),
        ("a\n\u{2014} n AAAAAAE=\n", "no blank line"),
        ("a\n\n", "no signature"),
        ("a\r\n\n\u{2014} n AAAAAAE=\n", "control character"),
        ("a\n\n- n AAAAAAE=\n", "is not a dash"),
        ("a\n\n\u{2014}  n AAAAAAE=\n", "is not a dash"),
        ("a\n\n\u{2014} n AAAAAAE= \n", "is not a dash"),
        ("a\n\n\u{2014} n+ AAAAAAE=\n", "holds a space or a plus"),
        ("a\n\n\u{2014} n\u{A0}m AAAAAAE=\n", "holds a space or a plus"),
        ("a\n\n\u{2014} n AAAAAAE\n", "not canonical base64"),
        ("a\n\n\u{2014} n AAAAAAF=\n", "not canonical base64"),
        ("a\n\n\u{2014} n AAAA__8=\n", "not canonical base64"),
        ("a\n\n\u{2014} n AAAAAA==\n", "shorter than its key id"),
        (String(repeating: "a", count: 1 << 17) + "\n\n\u{2014} n AAAAAAE=\n", "larger than"),
    ])
    func `A note has one form`(text: String, rule: String?) throws {
        guard let rule else {
            #expect(try SignedNote(parsing: Data(text.utf8)).encoded() == Data(text.utf8))
            return
        }
        let error = #expect(throws: CertificateError.self) {
            try SignedNote(parsing: Data(text.utf8))
        }
        #expect(error?.code == .malformedNote)
        #expect(error?.message.contains(rule) == true, "\(error?.message ?? "")")
    }

    @Test func `Bytes that are no text are refused`() {
        let note = Data("a\n\n\u{2014} n AAAAAAE=\n".utf8)
        #expect(refusal { _ = try SignedNote(parsing: Data([0xFF]) + note) } == .malformedNote)
    }

    @Test(arguments: [
        ("o\n1\n\(hash)\n", true), ("o\n1\n\(hash)\nextension\n", true),
        ("o\n1\n", false), ("o\n01\n\(hash)\n", false), ("o\n+1\n\(hash)\n", false),
        ("o\n18446744073709551616\n\(hash)\n", false), ("\n1\n\(hash)\n", false),
        ("o p\n1\n\(hash)\n", false), ("o\n0\n\(hash)\n", false),
        ("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", true),
        ("o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==\n", false),
        ("o\n1\n\(hash)\n\n", false),
    ])
    func `A checkpoint has one form`(text: String, isGood: Bool) throws {
        if isGood {
            #expect(try Checkpoint(parsing: Data(text.utf8)).text == Data(text.utf8))
        } else {
            #expect(refusal { _ = try Checkpoint(parsing: Data(text.utf8)) } == .malformedNote)
        }
    }

    static let hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
}
