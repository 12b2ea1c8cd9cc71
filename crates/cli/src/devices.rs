//! Devices from the command line and from a list.

use std::collections::BTreeSet;
use std::path::Path;

use crate::core::Device;
use crate::failure::Failure;

pub(crate) use self::encoding::decode;

mod encoding;
mod list;
mod source;

/// Returns the devices of the command line, then those of the list in `file` (`-` is standard input), without duplicates,
/// and the number of duplicates.
///
/// Fails if there are no devices, if one is invalid, or if the list cannot be read.
pub(crate) fn gather(
    named: &[String],
    file: Option<&Path>,
) -> Result<(Vec<Device>, usize), Failure> {
    let mut devices = Vec::new();
    for name in named {
        devices.push(Device::parse(name)?);
    }
    if let Some(file) = file {
        devices.extend(list::parse(&source::read(file)?, &file.display().to_string())?);
    }
    let all = devices.len();
    let mut seen = BTreeSet::new();
    devices.retain(|device| seen.insert(device.clone()));
    if devices.is_empty() {
        let where_to = match file {
            Some(file) => format!("`{}` lists no devices", file.display()),
            None => "no devices given".to_owned(),
        };
        return Err(Failure::usage(where_to)
            .with_hint("pass device names, ids or IP addresses, or a list with `--devices FILE`"));
    }
    let twice = all - devices.len();
    Ok((devices, twice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_device_is_taken_once() {
        let named = ["WS-1", "10.0.0.7", "ws-1."].map(str::to_owned);
        let (devices, twice) = gather(&named, None).unwrap();
        let shown: Vec<_> = devices.iter().map(ToString::to_string).collect();
        assert_eq!((shown, twice), (vec!["ws-1".to_owned(), "10.0.0.7".to_owned()], 1));
    }

    #[test]
    fn no_device_at_all_is_a_mistake() {
        assert_eq!(gather(&[], None).unwrap_err().exit, crate::Exit::Usage);
        assert_eq!(gather(&["../x".to_owned()], None).unwrap_err().exit, crate::Exit::Usage);
    }
}
