import Domain
import Foundation

/// A calendar that is built in; its file lies in `Legal/Calendars`.
package struct BuiltinCalendar: Sendable {
    /// Permanent id: the country's ISO 3166-1 code, or the ISO 3166-2 code of its part.
    package let id: String
    private let bytes: [UInt8]

    fileprivate init(_ id: String, _ bytes: [UInt8]) {
        self.id = id
        self.bytes = bytes
    }

    /// The file as it is shipped.
    package var data: Data { Data(bytes) }

    /// - Throws: `malformed-calendar`.
    package func calendar() throws -> WorkingCalendar { try WorkingCalendar(parsing: data) }
}

/// The holiday calendars that are built in: the member states of the European Union, Germany's sixteen
/// Länder, the nations of the United Kingdom, and the federal holidays of the United States. A country's
/// calendar has the holidays of all its regions only; those of other countries' regions, and of single
/// municipalities, are in none. The dates come from python-holidays (MIT, its notice lies beside
/// them); `Tests/Fixtures/casework/make_calendars.py` makes the files.
package let builtinCalendars: [BuiltinCalendar] = [
    BuiltinCalendar("AT", PackageResources.AT_holidays),
    BuiltinCalendar("BE", PackageResources.BE_holidays),
    BuiltinCalendar("BG", PackageResources.BG_holidays),
    BuiltinCalendar("CY", PackageResources.CY_holidays),
    BuiltinCalendar("CZ", PackageResources.CZ_holidays),
    BuiltinCalendar("DE", PackageResources.DE_holidays),
    BuiltinCalendar("DE-BB", PackageResources.DE_BB_holidays),
    BuiltinCalendar("DE-BE", PackageResources.DE_BE_holidays),
    BuiltinCalendar("DE-BW", PackageResources.DE_BW_holidays),
    BuiltinCalendar("DE-BY", PackageResources.DE_BY_holidays),
    BuiltinCalendar("DE-HB", PackageResources.DE_HB_holidays),
    BuiltinCalendar("DE-HE", PackageResources.DE_HE_holidays),
    BuiltinCalendar("DE-HH", PackageResources.DE_HH_holidays),
    BuiltinCalendar("DE-MV", PackageResources.DE_MV_holidays),
    BuiltinCalendar("DE-NI", PackageResources.DE_NI_holidays),
    BuiltinCalendar("DE-NW", PackageResources.DE_NW_holidays),
    BuiltinCalendar("DE-RP", PackageResources.DE_RP_holidays),
    BuiltinCalendar("DE-SH", PackageResources.DE_SH_holidays),
    BuiltinCalendar("DE-SL", PackageResources.DE_SL_holidays),
    BuiltinCalendar("DE-SN", PackageResources.DE_SN_holidays),
    BuiltinCalendar("DE-ST", PackageResources.DE_ST_holidays),
    BuiltinCalendar("DE-TH", PackageResources.DE_TH_holidays),
    BuiltinCalendar("DK", PackageResources.DK_holidays),
    BuiltinCalendar("EE", PackageResources.EE_holidays),
    BuiltinCalendar("ES", PackageResources.ES_holidays),
    BuiltinCalendar("FI", PackageResources.FI_holidays),
    BuiltinCalendar("FR", PackageResources.FR_holidays),
    BuiltinCalendar("GB-ENG", PackageResources.GB_ENG_holidays),
    BuiltinCalendar("GB-NIR", PackageResources.GB_NIR_holidays),
    BuiltinCalendar("GB-SCT", PackageResources.GB_SCT_holidays),
    BuiltinCalendar("GB-WLS", PackageResources.GB_WLS_holidays),
    BuiltinCalendar("GR", PackageResources.GR_holidays),
    BuiltinCalendar("HR", PackageResources.HR_holidays),
    BuiltinCalendar("HU", PackageResources.HU_holidays),
    BuiltinCalendar("IE", PackageResources.IE_holidays),
    BuiltinCalendar("IT", PackageResources.IT_holidays),
    BuiltinCalendar("LT", PackageResources.LT_holidays),
    BuiltinCalendar("LU", PackageResources.LU_holidays),
    BuiltinCalendar("LV", PackageResources.LV_holidays),
    BuiltinCalendar("MT", PackageResources.MT_holidays),
    BuiltinCalendar("NL", PackageResources.NL_holidays),
    BuiltinCalendar("PL", PackageResources.PL_holidays),
    BuiltinCalendar("PT", PackageResources.PT_holidays),
    BuiltinCalendar("RO", PackageResources.RO_holidays),
    BuiltinCalendar("SE", PackageResources.SE_holidays),
    BuiltinCalendar("SI", PackageResources.SI_holidays),
    BuiltinCalendar("SK", PackageResources.SK_holidays),
    BuiltinCalendar("US", PackageResources.US_holidays),
]

extension WorkingCalendar {
    /// The built-in calendar with an id; weekends alone for nil.
    /// - Throws: `unknown-name`, `malformed-calendar`.
    package static func named(_ id: String?) throws -> WorkingCalendar {
        guard let id else { return WorkingCalendar() }
        return try lookUp(id, in: builtinCalendars, kind: "calendar", by: \.id).calendar()
    }
}
