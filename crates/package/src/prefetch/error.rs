use super::region::OutOfRange;

/// Why a prefetch file could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefetchError {
    /// It is compressed with an algorithm that prefetch files are not known to use.
    #[error(
        "prefetch file is compressed with algorithm {algorithm}, and only 4 (Xpress Huffman) is read"
    )]
    Compression {
        /// The number of the algorithm in the file.
        algorithm: u8,
    },

    /// It is neither a compressed nor an uncompressed prefetch file.
    #[error("no prefetch file: it begins with `{begin}`")]
    NotPrefetch {
        /// The first bytes as printable text, escaped.
        begin: String,
    },

    /// Its actual or declared size exceeds the budget.
    #[error(
        "prefetch file of {declared} bytes is over the budget of {limit} bytes: raise the budget"
    )]
    OverBudget {
        /// The declared or actual size in bytes.
        declared: u64,
        /// The budget in bytes.
        limit: usize,
    },

    /// It ends inside its header.
    #[error("prefetch file ends inside its header, after {length} bytes")]
    Truncated {
        /// The number of bytes, after decompression.
        length: usize,
    },

    /// Its version is not known.
    #[error("prefetch file is of version {version}, and only 17, 23, 26, 30 and 31 are read")]
    Version {
        /// The version in the file.
        version: u32,
    },
}

impl PrefetchError {
    /// The stable name of this kind of error, in `snake_case`.
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
