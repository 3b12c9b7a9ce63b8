/// The version of Lethe, as in CHANGELOG.md; certificates carry it.
package let letheVersion = "0.1.0"
