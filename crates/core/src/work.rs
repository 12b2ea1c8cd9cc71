//! Work written as ordinary sequential code that does no I/O: it asks its driver for effects and
//! continues with their results.
//!
//! A download, a seal or a login is an `async` function, because that is the most readable form.
//! But nothing runs in the background, and no waker is used:
//!
//! 1. The function calls [`Effects::ask`] on its [`Effects`] and awaits nothing else. Only one ask
//!    may be pending at a time: a second would overwrite the first one's effect.
//! 2. [`Work::step`] polls the function. It returns that [`Effect`], or the function's result.
//! 3. The driver carries out the effect in its own way, on whatever thread owns the work.
//! 4. It passes the result and the time to the next step: `ask` returns the result, and the
//!    function continues.
//!
//! So one ask is one step, and only drivers poll. Dropping a [`Work`] ends its function at the
//! pending ask; any clean-up must be done in a `Drop`.

mod effect;
mod result;

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use time::OffsetDateTime;

pub use effect::Effect;
pub use result::{EffectResult, Failure};

use crate::Now;
/// The result of [`Work::step`].
#[derive(Debug)]
pub enum Step<T> {
    /// The work is done.
    Done(T),
    /// The work continues once this effect is carried out.
    Effect(Effect),
}

/// One piece of work in progress.
pub struct Work<T> {
    future: Pin<Box<dyn Future<Output = T>>>,
    effects: Effects,
}

impl<T> Work<T> {
    /// Creates work that has not started yet.
    pub fn new<F>(work: impl FnOnce(Effects) -> F) -> Self
    where
        F: Future<Output = T> + 'static,
    {
        let effects = Effects(Rc::default());
        Self { future: Box::pin(work(effects.clone())), effects }
    }

    /// Runs to the next effect or to the end. `given` is the result of the last effect.
    pub fn step(&mut self, given: EffectResult, now: Now) -> Step<T> {
        {
            let mut slot = self.effects.slot();
            slot.now = now;
            slot.given = Some(given);
        }
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(done) = self.future.as_mut().poll(&mut cx) {
                return Step::Done(done);
            }
            let effect = self.effects.slot().effect.take();
            debug_assert!(effect.is_some(), "work waits for something that it has not asked for");
            if let Some(effect) = effect {
                return Step::Effect(effect);
            }
        }
    }
}

impl<T> fmt::Debug for Work<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}

/// The handle through which work asks its driver.
#[derive(Clone, Debug)]
pub struct Effects(Rc<RefCell<Slot>>);

#[derive(Debug)]
struct Slot {
    now: Now,
    effect: Option<Effect>,
    given: Option<EffectResult>,
}

impl Default for Slot {
    fn default() -> Self {
        let now = Now::new(OffsetDateTime::UNIX_EPOCH, Duration::ZERO);
        Self { now, effect: None, given: None }
    }
}

impl Effects {
    /// Asks the driver for this effect and returns its result.
    pub async fn ask(&self, effect: Effect) -> EffectResult {
        {
            let mut slot = self.slot();
            slot.given = None;
            slot.effect = Some(effect);
        }
        std::future::poll_fn(|_| match self.slot().given.take() {
            Some(given) => Poll::Ready(given),
            None => Poll::Pending,
        })
        .await
    }

    /// The time of the last step.
    #[must_use]
    pub fn now(&self) -> Now {
        self.slot().now
    }

    fn slot(&self) -> RefMut<'_, Slot> {
        self.0.borrow_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange;

    #[test]
    fn no_secret_is_shown() {
        let secret = || "s3cret".to_owned();
        let request = http::Request::post("https://login.example/?x=s3cret")
            .header("authorization", "Bearer s3cret")
            .body(b"client_secret=s3cret".to_vec());
        let send = exchange::effect(request.unwrap(), 1, 1.0);
        let headers = vec![("authorization".to_owned(), secret())];
        let url = "https://blob.example/p?sig=s3cret".to_owned();
        let download = Effect::Download { url, headers, seconds: 1.0 };
        let text = secret();
        let create = Effect::Create { name: "a.zip".to_owned(), text };
        let given = EffectResult {
            headers: vec![("location".to_owned(), secret())],
            location: Some(secret()),
            token: Some(secret()),
            bytes: Some(b"s3cret".to_vec()),
            ..EffectResult::default()
        };
        assert_eq!(format!("{create:?}"), r#"Create { name: "a.zip", .. }"#);
        let mut reply = http::Response::new(b"s3cret".to_vec());
        reply.headers_mut().insert("location", http::HeaderValue::from_static("s3cret"));
        let reply = crate::engine::Exchange::Reply(reply);
        let steps = [Step::<()>::Effect(send.clone()), Step::Effect(download.clone())];
        let mut work = Work::new(|effects| async move { effects.ask(send).await.status });
        assert!(matches!(
            work.step(EffectResult::default(), Effects(Rc::default()).now()),
            Step::Effect(_)
        ));
        work.effects.slot().given = Some(given);
        work.effects.slot().effect = Some(download);
        let head = crate::download::Head::Redirect(secret());
        let all = format!("{steps:?} {:?} {reply:?} {head:?}", work.effects);
        assert!(
            all.contains("Send") && all.contains("Download") && all.contains("EffectResult"),
            "{all}"
        );
        // As text, as bytes, and in hexadecimal.
        assert!(!all.contains("s3cret") && !all.contains("115, 51"), "{all}");
    }
}
