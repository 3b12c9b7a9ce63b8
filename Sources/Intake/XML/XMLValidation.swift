import CLibXML2
import Domain
import Foundation

/// Validates a document against a schema held in memory.
/// - Throws: `RequestFault` with code `invalid-request` for the first fault, phrased here and naming
///   only what the schema knows; `IntakeError` with code `schema-unusable`.
func validate(_ document: XMLDocument, against schema: String) throws {
    let bytes = Array(schema.utf8)
    let compiled = bytes.withUnsafeBytes { buffer -> xmlSchemaPtr? in
        guard
            let parser = xmlSchemaNewMemParserCtxt(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(clamping: buffer.count))
        else { return nil }
        defer { xmlSchemaFreeParserCtxt(parser) }
        return xmlSchemaParse(parser)
    }
    guard let compiled, let validator = xmlSchemaNewValidCtxt(compiled) else {
        throw IntakeError(
            .schemaUnusable, "The XML schema shipped with Lethe cannot be compiled.",
            remedy: "This is a defect of the build; please report it.")
    }
    defer {
        xmlSchemaFreeValidCtxt(validator)
        xmlSchemaFree(compiled)
    }
    let findings = SchemaFindings()
    let status = withExtendedLifetime(findings) {
        xmlSchemaSetValidStructuredErrors(
            validator,
            { raw, error in
                guard let raw, let error = error?.pointee else { return }
                let findings = Unmanaged<SchemaFindings>.fromOpaque(raw).takeUnretainedValue()
                if findings.first == nil { findings.first = SchemaFinding(error) }
            }, Unmanaged.passUnretained(findings).toOpaque())
        return xmlSchemaValidateDoc(validator, document.pointer)
    }
    guard status != 0 || findings.first != nil else { return }
    throw findings.first?.fault
        ?? RequestFault("the document cannot be held against the schema (libxml2 status \(status))")
}

private final class SchemaFindings {
    var first: SchemaFinding?
}

/// One schema error: where, and which rule.
private struct SchemaFinding {
    private let code: xmlParserErrors
    private let line: Int
    /// Only names that the schema knows, `?` for others: a name may be anything, even somebody's.
    private let path: String?
    /// `@type`, `identifier`: what the error is about, if the schema knows it.
    private let subject: String?

    private static let knownElements = [
        "deletionRequests", "deletionRequest", "subject", "identifier", "ground", "scope", "note",
    ]
    private static let knownAttributes = [
        "id", "receivedAt", "regime", "type", "format",
    ]

    init(_ error: xmlError) {
        code = xmlParserErrors(rawValue: UInt32(bitPattern: error.code))
        let element = error.node?.assumingMemoryBound(to: xmlNode.self)
        line = element.map { xmlGetLineNo($0) } ?? Int(error.line)
        let attributeName = Self.attribute(named: error.message)
        var steps: [String] = []
        var current = element
        while let node = current, node.pointee.type == XML_ELEMENT_NODE {
            steps.append(Self.step(node))
            current = node.pointee.parent
        }
        steps.reverse()
        subject = attributeName ?? element.map { string($0.pointee.name) }
        path =
            steps.isEmpty
            ? nil : (steps + [attributeName].compactMap(\.self)).joined(separator: "/")
    }

    /// libxml2 gives the element only; the attribute stands in its message, which may also hold a
    /// value and is therefore only searched for names that the schema knows.
    private static func attribute(named message: UnsafePointer<CChar>?) -> String? {
        guard let message, let text = String(validatingCString: message) else { return nil }
        return knownAttributes.first { text.contains(", attribute '\($0)': ") }.map { "@\($0)" }
    }

    /// `identifier[2]`, the root without a number, as in `XMLTree.path`.
    private static func step(_ node: xmlNodePtr) -> String {
        let name = string(node.pointee.name)
        guard knownElements.contains(name) else { return "?" }
        guard node.pointee.parent?.pointee.type == XML_ELEMENT_NODE else { return name }
        var position = 1
        var sibling = node.pointee.prev
        while let current = sibling {
            if current.pointee.type == XML_ELEMENT_NODE, string(current.pointee.name) == name {
                position += 1
            }
            sibling = current.pointee.prev
        }
        return "\(name)[\(position)]"
    }

    var fault: RequestFault {
        RequestFault(rule, at: Place(path: path, line: line > 0 ? line : nil))
    }

    private var rule: String {
        switch code {
        case XML_SCHEMAV_CVC_ELT_1:
            "the root must be deletionRequest or deletionRequests in the namespace "
                + letheXMLNamespace
        case XML_SCHEMAV_ELEMENT_CONTENT: content
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1, XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2:
            "there is an unknown attribute"
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
            subject == "identifier"
                ? "the attribute type is missing" : "the attribute id is missing"
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3, XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1:
            "there is text where only elements are expected"
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2, XML_SCHEMAV_CVC_TYPE_3_1_2,
            XML_SCHEMAV_CVC_ELT_3_1:
            "only text is expected here, no elements"
        case XML_SCHEMAV_CVC_ENUMERATION_VALID: "the value is not one of \(choices)"
        case XML_SCHEMAV_CVC_PATTERN_VALID:
            "the time is not RFC 3339, e.g. 2026-03-05T09:14:00Z or 2026-03-05"
        case XML_SCHEMAV_CVC_MINLENGTH_VALID: "the value is empty"
        case XML_SCHEMAV_CVC_MAXLENGTH_VALID: "the value is too long"
        default:
            "the document does not follow deletion-request-1.xsd (libxml2 error \(code.rawValue))"
        }
    }

    private var content: String {
        switch subject {
        case "deletionRequests": "at least one deletionRequest is expected"
        case "deletionRequest": "one subject is expected, then ground, scope and note"
        case "subject": "subject, with at least one identifier, is expected once"
        case "identifier": "this identifier is not expected here; identifiers stand inside subject"
        case "ground", "scope", "note", "?", nil, .some:
            "this element is not expected here; the order is subject, ground, scope, note"
        }
    }

    private var choices: String {
        switch subject {
        case "@regime": Regime.allCases.map(\.rawValue).joined(separator: ", ")
        case "@type": IdentifierKind.allCases.map(\.rawValue).joined(separator: ", ")
        case "@format": IdentifierFormat.allCases.map(\.rawValue).joined(separator: ", ")
        default: "those in the schema"
        }
    }
}
