//! Checks a handle's action against the service.

use super::Collection;
use crate::engine::{Adoption, Context, EventKind, Fact, Handle, Outcome};
use crate::wire::{ActionType, MachineAction};
use crate::{Code, Device, Error};

impl Collection {
    /// Replaces everything that an unconfirmed handle says of its action with the service's data;
    /// returns whether to continue.
    pub(super) fn confirm(&mut self, action: &MachineAction, cx: &mut Context) -> bool {
        if std::mem::replace(&mut self.is_confirmed, true) {
            return true;
        }
        if let Some(why) = self.contradiction(action) {
            let message = format!("the handle's action `{}` {why}", action.id);
            self.handle.forget_action();
            self.end(Outcome::Refused(Error::new(Code::InvalidHandle, message)), cx);
            return false;
        }
        let claimed = self.handle.action().map(|action| action.adoption);
        let adoption = self.whose(action, cx);
        if claimed == Some(Adoption::Own) && adoption != Adoption::Own {
            let message = "the handle says that the action is our own, and the service does not \
                           bear it out: it is collected, and not cancelled";
            cx.event(Some(self.index), EventKind::Warning { message: message.to_owned() });
        }
        let claimed = self.handle.action().and_then(|action| action.accepted);
        let name = action.computer_dns_name.clone();
        if let Some((machine, name)) = self.machine().cloned().zip(name) {
            self.fact(Fact::Resolved { machine, name: Some(name) }, cx);
        }
        self.fact(Fact::accepted(action, adoption, claimed.max(action.created)), cx);
        true
    }

    fn contradiction(&self, action: &MachineAction) -> Option<&'static str> {
        let is_of = |handle: &Handle| {
            handle.action().is_some_and(|known| known.id == action.id)
                && handle.machine().is_some_and(|machine| {
                    action.machine_id.as_deref().is_none_or(|id| machine.id.matches(id))
                })
        };
        let is_named = |name: &str| match &self.device {
            Device::Name(device) => device.matches(name),
            Device::Id(_) | Device::Ip(_) => true,
        };
        if action.kind != ActionType::CollectInvestigationPackage {
            Some("is no collection of a package")
        } else if !is_of(&self.handle) {
            Some("is of another device")
        } else if !action.computer_dns_name.as_deref().is_none_or(is_named) {
            Some("is of a device of another name")
        } else {
            None
        }
    }

    /// An action is our own if it carries a marker that only this collection can have made, or if
    /// nothing says that it is another's.
    fn whose(&self, action: &MachineAction, cx: &Context) -> Adoption {
        let claimed = self.handle.action().map_or(Adoption::Uncertain, |action| action.adoption);
        if claimed != Adoption::Own {
            return claimed;
        }
        if self.handle.marks(action) {
            return Adoption::Own;
        }
        let Some(intent) = self.handle.intent() else {
            let is_anothers = action.requestor.as_deref().zip(cx.token.claims());
            return match is_anothers {
                Some((requestor, claims)) if claims.excludes_requestor(requestor) => {
                    Adoption::Foreign
                }
                _ => Adoption::Uncertain,
            };
        };
        let comment = self.sent_comment(intent, cx);
        let Some(asked) = self.asked(&comment, cx) else { return Adoption::Uncertain };
        let echo = action.requestor_comment.as_deref().unwrap_or_default().trim();
        let is_unmarked = !cx.options.mark_comment && echo == comment;
        match asked.label(action) {
            Adoption::Uncertain if echo.is_empty() || is_unmarked => Adoption::Own,
            label => label,
        }
    }
}
