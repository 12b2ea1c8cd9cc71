//! `SMB Session/Summary.txt`.

use super::text;

/// The member's bytes when there is no session; what the member looks like with sessions is unseen.
pub(super) fn summary() -> Vec<u8> {
    text::marked("No SMB sessions were found!")
}
