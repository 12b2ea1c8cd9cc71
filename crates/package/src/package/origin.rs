use super::Key;

/// Who put a member where it lies: what a host's own users can have put there is never read as what the agent wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The agent, or whoever packed the evidence again.
    Agent,
    /// The host's folder for prefetch, which the agent copies with everything that lies in it.
    Prefetch,
    /// The cabinet of Defender's own support files.
    Support,
}

impl Origin {
    /// That of a member which lies in nothing but the package.
    pub(crate) fn of(key: &Key) -> Self {
        if key.is_below(PREFETCH) { Self::Prefetch } else { Self::Agent }
    }

    /// That of what lies in a cabinet, and in a zip, of this origin.
    pub(super) fn in_cab(self) -> Self {
        if self == Self::Agent { Self::Support } else { self }
    }

    pub(super) fn in_zip(self, key: &Key) -> Self {
        if self == Self::Agent { Self::of(key) } else { self }
    }

    /// What such members lie among; nothing where the agent wrote them.
    pub(super) fn place(self) -> Option<&'static str> {
        match self {
            Self::Agent => None,
            Self::Prefetch => Some("the files that were copied from `C:\\Windows\\Prefetch`"),
            Self::Support => Some("Defender's support files"),
        }
    }

    /// Whether the artifact of this name is read from it.
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

/// The folders that robocopy writes to, as keys have them.
const PREFETCH: &str = "prefetchfiles/prefetch";
