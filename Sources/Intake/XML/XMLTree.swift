import CLibXML2
import Domain
import Foundation

/// An element of an XML document, copied out of libxml2: nothing of it points into C memory.
struct XMLTree: Sendable {
    /// Local name; the schema has fixed the namespace.
    let name: String
    let attributes: [(name: String, value: String)]
    let children: [XMLTree]
    /// The text directly inside, CDATA included, comments and processing instructions left out.
    let text: String
    /// From 1.
    let line: Int
    /// `deletionRequest/subject/identifier[2]`; positions among siblings of the same name, from 1.
    let path: String

    var place: Place { Place(path: path, line: line) }

    func attribute(_ name: String) -> Located<String>? {
        attributes.first { $0.name == name }.map {
            Located($0.value, at: Place(path: "\(path)/@\(name)", line: line))
        }
    }

    func children(named name: String) -> [XMLTree] { children.filter { $0.name == name } }

    var located: Located<String> { Located(text, at: place) }

    /// Parses and validates a document. UTF-8 only, no DOCTYPE, no entities beyond the five of XML,
    /// no `xsi:` attributes (they can name schemas to load), nothing fetched from anywhere, at most
    /// `RequestRules.depth` levels.
    /// - Throws: `RequestFault` with code `malformed-document` or `invalid-request`.
    static func parse(_ data: Data, schema: String) throws -> XMLTree {
        _ = libXMLReady
        try XMLDeclaration.requireUTF8(data)
        let document = try XMLDocument(data)
        guard let root = xmlDocGetRootElement(document.pointer) else {
            throw RequestFault(.malformedDocument, "the document has no root element")
        }
        // Before validation: the validator follows xsi:schemaLocation, and it recurses.
        try refuseSchemaInstanceAttributes(root, depth: 1)
        try validate(document, against: schema)
        return XMLTree(root, path: string(root.pointee.name))
    }

    private init(_ node: xmlNodePtr, path: String) {
        var attributes: [(name: String, value: String)] = []
        var attribute = node.pointee.properties
        while let current = attribute {
            attributes.append(
                (string(current.pointee.name), Self.content(of: current.pointee.children)))
            attribute = current.pointee.next
        }
        var counts: [String: Int] = [:]
        var children: [XMLTree] = []
        for child in elements(of: node) {
            let name = string(child.pointee.name)
            counts[name, default: 0] += 1
            children.append(XMLTree(child, path: "\(path)/\(name)[\(counts[name] ?? 1)]"))
        }
        name = string(node.pointee.name)
        self.attributes = attributes
        self.children = children
        text = Self.content(of: node.pointee.children)
        line = xmlGetLineNo(node)
        self.path = path
    }

    /// The text of a list of sibling nodes.
    private static func content(of first: xmlNodePtr?) -> String {
        var bytes: [UInt8] = []
        var node = first
        while let current = node {
            let type = current.pointee.type
            if type == XML_TEXT_NODE || type == XML_CDATA_SECTION_NODE,
                let content = current.pointee.content
            {
                bytes.append(
                    contentsOf: UnsafeBufferPointer(start: content, count: Int(xmlStrlen(content))))
            }
            node = current.pointee.next
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Done once, before any thread parses: libxml2 fills global tables without locks.
let libXMLReady: Void = {
    xmlInitParser()
    xmlSchemaInitTypes()
}()

func string(_ text: UnsafePointer<xmlChar>?) -> String {
    guard let text else { return "" }
    return String(
        decoding: UnsafeBufferPointer(start: text, count: Int(xmlStrlen(text))), as: UTF8.self)
}

/// The element children of a node.
func elements(of node: xmlNodePtr) -> [xmlNodePtr] {
    var elements: [xmlNodePtr] = []
    var child = node.pointee.children
    while let current = child {
        if current.pointee.type == XML_ELEMENT_NODE { elements.append(current) }
        child = current.pointee.next
    }
    return elements
}

private func refuseSchemaInstanceAttributes(_ node: xmlNodePtr, depth: Int) throws {
    let line = xmlGetLineNo(node)
    guard depth <= RequestRules.depth else {
        throw RequestFault(
            .malformedDocument, "nesting is deeper than \(RequestRules.depth) levels",
            at: Place(line: line))
    }
    var attribute = node.pointee.properties
    while let current = attribute {
        if let namespace = current.pointee.ns,
            string(namespace.pointee.href) == "http://www.w3.org/2001/XMLSchema-instance"
        {
            throw RequestFault(
                "attributes of the namespace XMLSchema-instance are not accepted",
                at: Place(line: line),
                remedy: "Remove xsi:schemaLocation and the like; Lethe uses its own schema.")
        }
        attribute = current.pointee.next
    }
    for child in elements(of: node) {
        try refuseSchemaInstanceAttributes(child, depth: depth + 1)
    }
}
