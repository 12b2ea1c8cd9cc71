use super::region::OutOfRange;

/// Why nothing of a prefetch file could be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefetchError {
    /// It is compressed in a way that prefetch files are not known to be.
    #[error(
        "prefetch file is compressed with algorithm {algorithm}, and only 4 (Xpress Huffman) is read"
    )]
    Compression {
        /// The algorithm's number in the file.
        algorithm: u8,
    },

    /// Neither a compressed nor a plain prefetch file.
    #[error("no prefetch file: it begins with `{begin}`")]
    NotPrefetch {
        /// The first bytes as printable text, escaped.
        begin: String,
    },

    /// It is, or declares to be, larger than the budget.
    #[error(
        "prefetch file of {declared} bytes is over the budget of {limit} bytes: raise the budget"
    )]
    OverBudget {
        /// The size in bytes that the file declares or has.
        declared: u64,
        /// The budget in bytes.
        limit: usize,
    },

    /// It ends inside its header.
    #[error("prefetch file ends inside its header, after {length} bytes")]
    Truncated {
        /// How many bytes there are, after decompression.
        length: usize,
    },

    /// It is of a version that is not known.
    #[error("prefetch file is of version {version}, and only 17, 23, 26, 30 and 31 are read")]
    Version {
        /// The version in the file.
        version: u32,
    },
}

impl PrefetchError {
    /// A stable name for this kind of error, in `snake_case`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Compression { .. } => "unknown_compression",
            Self::NotPrefetch { .. } => "not_prefetch",
            Self::OverBudget { .. } => "over_budget",
            Self::Truncated { .. } => "truncated",
            Self::Version { .. } => "unknown_version",
        }
    }
}

impl From<OutOfRange> for PrefetchError {
    fn from(OutOfRange { length }: OutOfRange) -> Self {
        Self::Truncated { length }
    }
}
