use crate::{BaseUrl, Cloud, Comment, Device, Error, Tenant};

/// Validates a caller's text and returns it in its normal form; `None` for an unknown kind.
///
/// `kind` is `base_url` (or `baseUrl`), `cloud`, `comment`, `device` or `tenant`. Fails as that
/// type's own `parse` does.
#[must_use]
pub fn parse(kind: &str, text: &str) -> Option<Result<String, Error>> {
    Some(match kind {
        "base_url" | "baseUrl" => BaseUrl::parse(text).map(|url| url.as_str().to_owned()),
        "cloud" => text.parse::<Cloud>().map(|cloud| cloud.name().to_owned()),
        "comment" => Comment::parse(text).map(|comment| comment.as_str().to_owned()),
        "device" => Device::parse(text).map(|device| device.to_string()),
        "tenant" => Tenant::parse(text).map(|tenant| tenant.as_str().to_owned()),
        _ => return None,
    })
}
