import CLibXML2
import Domain
import Foundation

/// A well-formed document in libxml2's memory, freed with this object.
final class XMLDocument {
    let pointer: xmlDocPtr

    /// Parses without network, DTD, entity expansion or limits lifted.
    /// - Throws: `RequestFault` with code `malformed-document`. It is phrased here: libxml2's own
    ///   messages repeat names and values of the document.
    init(_ data: Data) throws {
        guard let context = xmlNewParserCtxt() else {
            throw RequestFault(.malformedDocument, "there is no memory to parse the document")
        }
        defer { xmlFreeParserCtxt(context) }
        let findings = Findings()
        let parsed = withExtendedLifetime(findings) {
            context.pointee._private = Unmanaged.passUnretained(findings).toOpaque()
            context.pointee.sax.pointee.internalSubset = { raw, _, _, _ in
                guard let parser = raw?.assumingMemoryBound(to: xmlParserCtxt.self),
                    let findings = Findings.of(parser)
                else { return }
                findings.documentTypeLine = findings.documentTypeLine ?? xmlSAX2GetLineNumber(raw)
                xmlStopParser(parser)
            }
            context.pointee.sax.pointee.serror = { _, error in
                guard let error = error?.pointee, let raw = error.ctxt,
                    let findings = Findings.of(raw.assumingMemoryBound(to: xmlParserCtxt.self)),
                    findings.first == nil, error.level.rawValue >= XML_ERR_ERROR.rawValue
                else { return }
                findings.first = Finding(
                    code: UInt32(bitPattern: error.code), line: Int(error.line),
                    column: Int(error.int2))
            }
            let options =
                XML_PARSE_NONET.rawValue | XML_PARSE_NOCDATA.rawValue
                | XML_PARSE_BIG_LINES.rawValue | XML_PARSE_IGNORE_ENC.rawValue
            return data.withUnsafeBytes { buffer in
                xmlCtxtReadMemory(
                    context, buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                    Int32(clamping: buffer.count), nil, "UTF-8", Int32(options))
            }
        }
        if let line = findings.documentTypeLine {
            parsed.map(xmlFreeDoc)
            throw RequestFault(
                .malformedDocument, "a DOCTYPE is not accepted", at: Place(line: Int(line)),
                remedy: "Remove the DOCTYPE and the entities it declares.")
        }
        let isWellFormed = context.pointee.wellFormed == 1 && context.pointee.nsWellFormed == 1
        guard let parsed, isWellFormed, findings.first == nil,
            parsed.pointee.intSubset == nil, parsed.pointee.extSubset == nil
        else {
            parsed.map(xmlFreeDoc)
            let first = findings.first
            throw RequestFault(
                .malformedDocument, Self.rule(first?.code ?? 0),
                at: Place(
                    line: first?.line, column: first.flatMap { $0.column > 0 ? $0.column : nil }))
        }
        pointer = parsed
    }

    deinit { xmlFreeDoc(pointer) }

    private struct Finding {
        let code: UInt32
        let line: Int
        let column: Int
    }

    /// What the callbacks report; reached through the parser context's private pointer.
    private final class Findings {
        var first: Finding?
        var documentTypeLine: Int32?

        static func of(_ parser: xmlParserCtxtPtr) -> Findings? {
            parser.pointee._private.map {
                Unmanaged<Findings>.fromOpaque($0).takeUnretainedValue()
            }
        }
    }

    private static func rule(_ code: UInt32) -> String {
        switch xmlParserErrors(rawValue: code) {
        case XML_ERR_DOCUMENT_EMPTY: "the document does not begin with an element"
        case XML_ERR_DOCUMENT_END: "there is text after the root element"
        case XML_ERR_INVALID_CHAR, XML_ERR_INVALID_CHARREF:
            "there is a character that XML does not allow"
        case XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY:
            "only the entities amp, lt, gt, quot and apos exist"
        case XML_ERR_ENTITYREF_SEMICOL_MISSING, XML_ERR_ENTITYREF_NO_NAME:
            "an ampersand must be written &amp;"
        case XML_ERR_LT_IN_ATTRIBUTE: "< in an attribute must be written &lt;"
        case XML_ERR_ATTRIBUTE_REDEFINED: "the same attribute stands twice"
        case XML_ERR_ATTRIBUTE_NOT_STARTED, XML_ERR_ATTRIBUTE_NOT_FINISHED,
            XML_ERR_ATTRIBUTE_WITHOUT_VALUE:
            "an attribute needs a value in quotes"
        case XML_ERR_TAG_NAME_MISMATCH: "an end tag does not match its start tag"
        case XML_ERR_TAG_NOT_FINISHED, XML_ERR_GT_REQUIRED, XML_ERR_LTSLASH_REQUIRED:
            "a tag is not closed"
        case XML_ERR_NAME_REQUIRED: "a name is expected"
        case XML_ERR_COMMENT_NOT_FINISHED, XML_ERR_HYPHEN_IN_COMMENT: "a comment is malformed"
        case XML_ERR_CDATA_NOT_FINISHED: "a CDATA section is not closed"
        case XML_ERR_PI_NOT_STARTED, XML_ERR_PI_NOT_FINISHED, XML_ERR_RESERVED_XML_NAME:
            "a processing instruction or XML declaration is malformed or not at the beginning"
        case XML_ERR_XMLDECL_NOT_FINISHED, XML_ERR_VERSION_MISSING, XML_ERR_UNKNOWN_VERSION,
            XML_ERR_ENCODING_NAME:
            "the XML declaration is malformed"
        // libxml2's own limits (256 levels, 10 MB of text), which are beyond ours.
        case XML_ERR_INTERNAL_ERROR: "nesting is deeper than \(RequestRules.depth) levels"
        case XML_NS_ERR_UNDEFINED_NAMESPACE: "a namespace prefix is not declared"
        default: "the document is not well-formed XML (libxml2 error \(code))"
        }
    }
}

/// The first line of an XML document.
enum XMLDeclaration {
    /// - Throws: `RequestFault` if the declaration names an encoding other than UTF-8. Without one,
    ///   XML is UTF-8; that the bytes are has been checked before.
    static func requireUTF8(_ data: Data) throws {
        let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data[...]
        guard bytes.starts(with: Data("<?xml".utf8)), let end = bytes.range(of: Data("?>".utf8)),
            let name = bytes[..<end.lowerBound].range(of: Data("encoding".utf8))
        else { return }
        let rest = bytes[name.upperBound..<end.lowerBound].filter { ![9, 10, 13, 32].contains($0) }
        let quoted = String(decoding: rest, as: UTF8.self).uppercased()
        guard quoted.hasPrefix("=\"UTF-8\"") || quoted.hasPrefix("='UTF-8'") else {
            throw RequestFault(
                .malformedDocument, "the XML declaration names an encoding other than UTF-8",
                at: Place(line: 1), remedy: "Save the file as UTF-8.")
        }
    }
}
