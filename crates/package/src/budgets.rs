//! How much a package may cost to read.

/// How much a package may cost to read; what goes past a budget is a finding, not an error.
///
/// The defaults let every honest package through and stop a bomb within seconds. An inventory's
/// memory is bounded by `entries` times `name_bytes` and by `findings_per_kind`, never by what the
/// package declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budgets {
    /// Members that are listed; those beyond are counted as one finding. 20,000; a real package has
    /// about 300.
    pub entries: u32,
    /// Bytes that all members together may inflate to in one verification, where nothing is held in
    /// memory. 64 GiB, since a Security log alone may have 4 GiB. What prefetch files inflate to as a table is read
    /// counts with it, and is at most 512 MiB.
    pub total_bytes: u64,
    /// Bytes of one member that may be held in memory at once, by
    /// [`Inventory::bytes`](crate::Inventory::bytes). 1 GiB. A member that is streamed is bounded only
    /// by `total_bytes` and `ratio`.
    pub held_bytes: u64,
    /// How many bytes one compressed byte may inflate to, over a member and over the whole package.
    /// 200; real members reach about 30. What a prefetch file inflates to counts from its first byte.
    pub ratio: u64,
    /// Bytes a member may inflate to before `ratio` applies. 256 MiB: a log that its system laid
    /// out ahead and filled with zeros is honest, shrinks a thousandfold, and is checked to its end.
    /// A larger one that shrinks more than `ratio` is checked in part and unverified, not damaged.
    pub ratio_from_bytes: u64,
    /// Bytes that all members together may inflate to before `ratio` counts for the whole package.
    /// 4 GiB, so that members are still checked where others are bombs.
    pub package_ratio_from_bytes: u64,
    /// How many archives may lie inside each other, counted from 1 for the package itself. 3.
    pub depth: u32,
    /// Bytes of a member's name, and characters of its safe text, that are kept. 1,024.
    pub name_bytes: u16,
    /// Findings of one kind, and issues of one kind and member, that are kept with their text; the
    /// others are counted. 1,000.
    pub findings_per_kind: u32,
    /// Bytes of one line or record of a text member that are kept; the rest of it is cut, and its row is
    /// `partial`. 1 MiB.
    pub line_bytes: u64,
    /// Rows of one table; one with more is `partial`. 50 million.
    pub table_rows: u64,
    /// How many bytes of table rows each byte of a member may produce. 32; real members reach about 10,
    /// and 16 MiB are free. A table that comes to more, as where each row repeats a very long key, is `partial`.
    pub row_ratio: u64,
    /// Bytes of one table that is held in memory; one with more is `partial`. 1 GiB. A table that is
    /// streamed has no such limit. It is also what a tree of processes, and a comparison as a whole, may take.
    pub table_bytes: u64,
    /// Bytes of events that the timeline sorts in memory; with more it is `partial`. 256 MiB.
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
    /// The same budgets with this many members.
    #[must_use]
    pub fn with_entries(self, entries: u32) -> Self {
        Self { entries, ..self }
    }

    /// The same budgets with this many inflated bytes over all members.
    #[must_use]
    pub fn with_total_bytes(self, total_bytes: u64) -> Self {
        Self { total_bytes, ..self }
    }

    /// The same budgets with this many bytes of one member in memory.
    #[must_use]
    pub fn with_held_bytes(self, held_bytes: u64) -> Self {
        Self { held_bytes, ..self }
    }

    /// The same budgets with this many inflated bytes for each compressed one.
    #[must_use]
    pub fn with_ratio(self, ratio: u64) -> Self {
        Self { ratio, ..self }
    }

    /// The same budgets with the ratio counting from this many inflated bytes of one member.
    #[must_use]
    pub fn with_ratio_from_bytes(self, ratio_from_bytes: u64) -> Self {
        Self { ratio_from_bytes, ..self }
    }

    /// The same budgets with the ratio counting from this many inflated bytes of all members.
    #[must_use]
    pub fn with_package_ratio_from_bytes(self, package_ratio_from_bytes: u64) -> Self {
        Self { package_ratio_from_bytes, ..self }
    }

    /// The same budgets with this many archives inside each other.
    #[must_use]
    pub fn with_depth(self, depth: u32) -> Self {
        Self { depth, ..self }
    }

    /// The same budgets with names of up to this many bytes.
    #[must_use]
    pub fn with_name_bytes(self, name_bytes: u16) -> Self {
        Self { name_bytes, ..self }
    }

    /// The same budgets with this many findings of each kind.
    #[must_use]
    pub fn with_findings_per_kind(self, findings_per_kind: u32) -> Self {
        Self { findings_per_kind, ..self }
    }

    /// The same budgets with lines and records of up to this many bytes.
    #[must_use]
    pub fn with_line_bytes(self, line_bytes: u64) -> Self {
        Self { line_bytes, ..self }
    }

    /// The same budgets with this many rows of one table.
    #[must_use]
    pub fn with_table_rows(self, table_rows: u64) -> Self {
        Self { table_rows, ..self }
    }

    /// The same budgets with this many bytes of rows for a byte of the members.
    #[must_use]
    pub fn with_row_ratio(self, row_ratio: u64) -> Self {
        Self { row_ratio, ..self }
    }

    /// The same budgets with this many bytes of one table in memory.
    #[must_use]
    pub fn with_table_bytes(self, table_bytes: u64) -> Self {
        Self { table_bytes, ..self }
    }

    /// The same budgets with this many bytes of events in the timeline.
    #[must_use]
    pub fn with_timeline_bytes(self, timeline_bytes: u64) -> Self {
        Self { timeline_bytes, ..self }
    }

    /// The budgets for an archive that lies inside one read with these, or `None` where it lies too
    /// deep to be opened.
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
