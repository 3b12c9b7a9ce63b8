import Foundation

/// The published form of a certificate's signed content.
package enum CertificateSchema {
    /// JSON Schema, draft 2020-12, of the whole statement.
    package static let document = Data(PackageResources.deletion_v2_schema_json)
}
