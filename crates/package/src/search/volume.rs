//! Paths by the name of a volume, as prefetch and the kernel write what users know by a drive.

/// What of a path stands behind its drive: `\windows\a.exe` of `c:\windows\a.exe`.
pub(super) fn behind_drive(path: &str) -> Option<&str> {
    let (drive, rest) = path.split_once(':')?;
    let is_drive = drive.len() == 1 && drive.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_path = rest.starts_with('\\') && rest.contains(char::is_alphanumeric);
    (is_drive && is_path).then_some(rest)
}

/// Whether a text ends in the name of a volume: `\VOLUME{…}`, `\Device\HarddiskVolume3`, or that of a shadow copy.
pub(super) fn ends_in_volume(before: &str) -> bool {
    let Some((_, name)) = before.rsplit_once('\\') else { return false };
    let name = name.to_ascii_lowercase();
    let device = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_device = ["harddiskvolume", "harddiskvolumeshadowcopy"].contains(&device);
    (is_device && device.len() < name.len()) || (name.starts_with("volume{") && name.ends_with('}'))
}
