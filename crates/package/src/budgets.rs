//! Limits on what reading a package may cost.

/// Limits on what reading a package may cost. Exceeding one is a finding or an issue, not an error;
/// only [`Inventory::bytes`](crate::Inventory::bytes) fails beyond `held_bytes`.
///
/// The defaults admit every honest package and stop a zip bomb within seconds. The memory for an
/// inventory is bounded by `entries` times `name_bytes` and by `findings_per_kind`, never by the
/// sizes that the package declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budgets {
    /// Members to list; one finding counts the rest. Default 20,000; a real package has about 300.
    pub entries: u32,
    /// Bytes that all members together may inflate to while they are verified, without being held
    /// in memory. Default 64 GiB, since a Security log alone can be 4 GiB. Prefetch files that are
    /// inflated for a table count as well, up to 512 MiB.
    pub total_bytes: u64,
    /// Bytes of one member that [`Inventory::bytes`](crate::Inventory::bytes) may hold in memory.
    /// Default 1 GiB. A streamed member is limited only by `total_bytes` and `ratio`.
    pub held_bytes: u64,
    /// Inflated bytes allowed per compressed byte, for each member and for the whole package.
    /// Default 200; real members reach about 30. For prefetch files it applies from the first byte.
    pub ratio: u64,
    /// Bytes a member may inflate to before `ratio` applies. Default 256 MiB: a log that Windows
    /// preallocated with zeros is honest, shrinks a thousandfold, and is still checked to its end.
    /// A larger member beyond `ratio` is checked in part, and counts as unverified, not as damaged.
    pub ratio_from_bytes: u64,
    /// Bytes all members together may inflate to before `ratio` applies to the whole package.
    /// Default 4 GiB, so that the other members are still checked if some are bombs.
    pub package_ratio_from_bytes: u64,
    /// How deeply archives may be nested; the package itself is level 1. Default 3.
    pub depth: u32,
    /// Bytes of a member's name, and characters of its safe text, to keep. Default 1,024.
    pub name_bytes: u16,
    /// Findings of each kind, and issues of each kind and member, to keep with their text; the rest
    /// are only counted. Default 1,000.
    pub findings_per_kind: u32,
    /// Bytes of a line or record to keep from a text member; a longer one is cut and its row is
    /// `partial`. Default 1 MiB.
    pub line_bytes: u64,
    /// Rows in one table; a table with more is `partial`. Default 50 million.
    pub table_rows: u64,
    /// Bytes of table rows allowed per byte of a member, beyond the first 16 MiB. Default 32; real
    /// members reach about 10. A table that exceeds it, for example because every row repeats a
    /// very long key, is `partial`.
    pub row_ratio: u64,
    /// Bytes of one table in memory; a larger table is `partial`. Default 1 GiB. It does not apply
    /// to a streamed table, but it also limits a process tree, and a whole comparison.
    pub table_bytes: u64,
    /// Bytes of events that the timeline may sort in memory; beyond that it is `partial`. Default
    /// 256 MiB.
    pub timeline_bytes: u64,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            entries: 20_000,
            total_bytes: 64 << 30,
            held_bytes: 1 << 30,
            ratio: 200,
            ratio_from_bytes: 256 << 20,
            package_ratio_from_bytes: 4 << 30,
            depth: 3,
            name_bytes: 1_024,
            findings_per_kind: 1_000,
            line_bytes: 1 << 20,
            table_rows: 50_000_000,
            row_ratio: 32,
            table_bytes: 1 << 30,
            timeline_bytes: 256 << 20,
        }
    }
}

impl Budgets {
    /// Sets [`entries`](Self::entries).
    #[must_use]
    pub fn with_entries(self, entries: u32) -> Self {
        Self { entries, ..self }
    }

    /// Sets [`total_bytes`](Self::total_bytes).
    #[must_use]
    pub fn with_total_bytes(self, total_bytes: u64) -> Self {
        Self { total_bytes, ..self }
    }

    /// Sets [`held_bytes`](Self::held_bytes).
    #[must_use]
    pub fn with_held_bytes(self, held_bytes: u64) -> Self {
        Self { held_bytes, ..self }
    }

    /// Sets [`ratio`](Self::ratio).
    #[must_use]
    pub fn with_ratio(self, ratio: u64) -> Self {
        Self { ratio, ..self }
    }

    /// Sets [`ratio_from_bytes`](Self::ratio_from_bytes).
    #[must_use]
    pub fn with_ratio_from_bytes(self, ratio_from_bytes: u64) -> Self {
        Self { ratio_from_bytes, ..self }
    }

    /// Sets [`package_ratio_from_bytes`](Self::package_ratio_from_bytes).
    #[must_use]
    pub fn with_package_ratio_from_bytes(self, package_ratio_from_bytes: u64) -> Self {
        Self { package_ratio_from_bytes, ..self }
    }

    /// Sets [`depth`](Self::depth).
    #[must_use]
    pub fn with_depth(self, depth: u32) -> Self {
        Self { depth, ..self }
    }

    /// Sets [`name_bytes`](Self::name_bytes).
    #[must_use]
    pub fn with_name_bytes(self, name_bytes: u16) -> Self {
        Self { name_bytes, ..self }
    }

    /// Sets [`findings_per_kind`](Self::findings_per_kind).
    #[must_use]
    pub fn with_findings_per_kind(self, findings_per_kind: u32) -> Self {
        Self { findings_per_kind, ..self }
    }

    /// Sets [`line_bytes`](Self::line_bytes).
    #[must_use]
    pub fn with_line_bytes(self, line_bytes: u64) -> Self {
        Self { line_bytes, ..self }
    }

    /// Sets [`table_rows`](Self::table_rows).
    #[must_use]
    pub fn with_table_rows(self, table_rows: u64) -> Self {
        Self { table_rows, ..self }
    }

    /// Sets [`row_ratio`](Self::row_ratio).
    #[must_use]
    pub fn with_row_ratio(self, row_ratio: u64) -> Self {
        Self { row_ratio, ..self }
    }

    /// Sets [`table_bytes`](Self::table_bytes).
    #[must_use]
    pub fn with_table_bytes(self, table_bytes: u64) -> Self {
        Self { table_bytes, ..self }
    }

    /// Sets [`timeline_bytes`](Self::timeline_bytes).
    #[must_use]
    pub fn with_timeline_bytes(self, timeline_bytes: u64) -> Self {
        Self { timeline_bytes, ..self }
    }

    /// The budgets for an archive inside one that is read with these; `None` if it is nested too
    /// deeply to be opened.
    #[must_use]
    pub fn inside(self) -> Option<Self> {
        let depth = self.depth.checked_sub(1).filter(|depth| *depth > 0)?;
        Some(self.with_depth(depth))
    }

    /// Whether a member of `compressed` bytes may inflate to `inflated` bytes.
    pub(crate) fn allow_member(&self, compressed: u64, inflated: u64) -> bool {
        inflated <= self.ratio_from_bytes.max(compressed.saturating_mul(self.ratio))
    }

    /// What archives inside a package of `length` bytes may inflate to, after its own members have to
    /// `inflated` bytes.
    pub(crate) fn left(&self, length: u64, inflated: u64) -> u64 {
        let most = self.package_ratio_from_bytes.max(length.saturating_mul(self.ratio));
        most.min(self.total_bytes).saturating_sub(inflated)
    }

    /// Whether the members of a package of `length` bytes may inflate to `inflated` bytes.
    pub(crate) fn allow_package(&self, length: u64, inflated: u64) -> bool {
        inflated <= self.package_ratio_from_bytes.max(length.saturating_mul(self.ratio))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_event_log_of_any_size_is_checked_to_its_end() {
        let budgets = Budgets::default();
        for size in [4 << 30, 20 << 30, 60_u64 << 30] {
            // Real logs deflate to a tenth, and the most repetitive to a thirtieth.
            for ratio in [1, 10, 30, 150] {
                let compressed = size / ratio;
                assert!(budgets.allow_member(compressed, size), "{size} in {compressed}");
                assert!(budgets.allow_package(compressed, size), "{size} in {compressed}");
            }
            assert!(size <= budgets.total_bytes);
        }
    }
}
