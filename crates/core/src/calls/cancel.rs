//! Cancels the action of a handle.

use super::{Courier, call};
use crate::endpoint::{CancelMachineAction, GetMachineAction};
use crate::engine::Handle;
use crate::wire::MachineAction;
use crate::{Claims, Code, Comment, Error};

/// Cancels the action of a handle at the service and returns its new state. Source: Microsoft's
/// page "Cancel machine action".
///
/// `comment` says why. `foreign` also cancels an action that someone else requested. If it is
/// false, the service is asked first, and the action must carry the collection's marker or name the
/// token's owner as its requestor: a handle may have been changed, so it is not trusted alone.
///
/// Fails with `invalid_comment` if the comment is blank or contains control characters, with
/// `not_found` if there is no action yet or the service does not know it, with `not_ours` if the
/// action is not ours and `foreign` is false, with `invalid_request` or `bad_request` if it has
/// already ended, and otherwise as [`call`] does.
pub async fn cancel(
    courier: &impl Courier,
    handle: &Handle,
    comment: &str,
    foreign: bool,
) -> Result<MachineAction, Error> {
    let comment = Comment::parse(comment)?.as_str().to_owned();
    let Some(action) = handle.action().map(|action| action.id.clone()) else {
        // Even without an action there may have been a request whose reply was lost.
        let (text, hint) = match handle.intent() {
            None => (
                "there is no action to cancel: the service was not asked yet",
                "nothing is running; discard the handle",
            ),
            Some(_) => (
                "there is no action to cancel yet: it is not known what came of the request",
                "resume the handle to learn it, and cancel then",
            ),
        };
        return Err(Error::new(Code::NotFound, text).with_hint(hint));
    };
    if !foreign {
        let asked = call(courier, &GetMachineAction { action: action.clone() }).await?;
        if !handle.marks(&asked) && !is_own(courier, &asked).await? {
            return Err(not_ours(&asked));
        }
    }
    call(courier, &CancelMachineAction { action, comment }).await
}

/// Whether the identity behind our token requested this action, as far as the service tells.
///
/// False if the token cannot be read, if the service names nobody, or if it names an app by its
/// display name, which is not unique. Fails as the credential does.
pub async fn is_own(courier: &impl Courier, action: &MachineAction) -> Result<bool, Error> {
    let Some(requestor) = &action.requestor else { return Ok(false) };
    let token = courier.token(None).await?;
    Ok(Claims::read(&token).is_some_and(|claims| claims.is_requestor(requestor)))
}

/// The error for an action that is not known to be ours.
#[must_use]
pub fn not_ours(action: &MachineAction) -> Error {
    let whose = action.requestor.as_deref().map_or_else(
        || "and the service does not say by whom".to_owned(),
        |whose| format!("but by `{}`", whose.escape_debug()),
    );
    Error::new(Code::NotOurs, format!("action `{}` was not asked for by us, {whose}", action.id))
        .with_hint("insist on it (`foreign`) to cancel it all the same")
}
