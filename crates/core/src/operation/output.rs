//! Outputs as JSON, including secrets, which the caller needs.

use serde::Serialize;

use crate::endpoint::token::{DeviceCodePrompt, Token};
use crate::json;
use crate::wire::{ActionAvailability, Machine, MachineAction};
use crate::{NextPage, PackageLink, Page, RefreshToken};

/// The result of an operation.
pub(super) trait Output {
    fn to_json(&self) -> String;
}

impl Output for Machine {
    fn to_json(&self) -> String {
        json::text(self)
    }
}

impl Output for MachineAction {
    fn to_json(&self) -> String {
        json::text(self)
    }
}

impl Output for Vec<ActionAvailability> {
    fn to_json(&self) -> String {
        json::text(self)
    }
}

impl<T: Serialize> Output for Page<T> {
    fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Plain<'a, T> {
            items: &'a [T],
            next: Option<&'a str>,
        }
        json::text(&Plain { items: &self.items, next: self.next.as_ref().map(NextPage::as_str) })
    }
}

impl Output for PackageLink {
    fn to_json(&self) -> String {
        json::text(&self.expose())
    }
}

impl Output for Token {
    fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Plain<'a> {
            access_token: &'a str,
            expires_in: u64,
            refresh_token: Option<&'a str>,
            scope: Option<&'a str>,
        }
        json::text(&Plain {
            access_token: self.access_token.expose(),
            expires_in: self.expires_in.as_secs(),
            refresh_token: self.refresh_token.as_ref().map(RefreshToken::expose),
            scope: self.scope.as_deref(),
        })
    }
}

impl Output for DeviceCodePrompt {
    fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Plain<'a> {
            device_code: &'a str,
            user_code: &'a str,
            verification_uri: &'a str,
            expires_in: u64,
            interval: u64,
            message: Option<&'a str>,
        }
        json::text(&Plain {
            device_code: self.device_code.expose(),
            user_code: &self.user_code,
            verification_uri: &self.verification_uri,
            expires_in: self.expires_in.as_secs(),
            interval: self.interval.as_secs(),
            message: self.message.as_deref(),
        })
    }
}
