use super::Key;

/// Who put a member where it is. What the host's own users may have put there is never read as the
/// agent's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The agent, or whoever repacked the evidence.
    Agent,
    /// The host's prefetch folder, which the agent copies with everything in it.
    Prefetch,
    /// The cabinet of Defender's own support files.
    Support,
}

impl Origin {
    /// The origin of a member that is directly in the package.
    pub(crate) fn of(key: &Key) -> Self {
        if key.is_below(PREFETCH) { Self::Prefetch } else { Self::Agent }
    }

    /// The origin of what is in a cabinet or a zip of this origin.
    pub(super) fn in_cab(self) -> Self {
        if self == Self::Agent { Self::Support } else { self }
    }

    pub(super) fn in_zip(self, key: &Key) -> Self {
        if self == Self::Agent { Self::of(key) } else { self }
    }

    /// What such members are part of; `None` if the agent wrote them.
    pub(super) fn place(self) -> Option<&'static str> {
        match self {
            Self::Agent => None,
            Self::Prefetch => Some("the files that were copied from `C:\\Windows\\Prefetch`"),
            Self::Support => Some("Defender's support files"),
        }
    }

    /// Whether the artifact with this name is read from members of this origin.
    pub(crate) fn holds(self, artifact: &str) -> bool {
        match self {
            Self::Agent => true,
            Self::Prefetch => artifact == "prefetch",
            Self::Support => {
                matches!(artifact, "collector_log" | "defender_log" | "other_events")
            }
        }
    }
}

/// The folders that robocopy writes to, in the form of a key.
const PREFETCH: &str = "prefetchfiles/prefetch";
