//! The real command against an emulator in this process.

#[cfg(test)]
mod cancel;
#[cfg(test)]
mod collect;
#[cfg(test)]
mod completions;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod emulator;
#[cfg(test)]
mod evidence;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod options;
#[cfg(test)]
mod output;
#[cfg(test)]
mod password;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod secrets;
#[cfg(unix)]
#[cfg(test)]
mod signals;
#[cfg(test)]
mod status;
#[cfg(test)]
mod support;
#[cfg(unix)]
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod unread;
#[cfg(test)]
mod verify;
