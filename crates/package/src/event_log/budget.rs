use super::Fault;

/// What decoding one chunk may still cost.
///
/// An honest chunk of 64 KiB takes some ten thousand steps and gives less than 1 MiB of text. Without
/// a bound, templates that hold one another would multiply both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    steps: usize,
    bytes: usize,
}

impl Budget {
    pub(super) fn of_chunk() -> Self {
        Self { steps: 1 << 18, bytes: 4 << 20 }
    }

    pub(super) fn step(&mut self) -> Result<(), Fault> {
        self.steps(1)
    }

    pub(super) fn steps(&mut self, count: usize) -> Result<(), Fault> {
        self.steps = self.steps.checked_sub(count).ok_or(Fault::Budget)?;
        Ok(())
    }

    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Fault> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Fault::Budget)?;
        Ok(())
    }
}
