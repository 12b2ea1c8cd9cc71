use std::cell::Cell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;

/// A quota whose slots others always take: each time it promises a free one after `after`.
struct Taken {
    base: BaseUrl,
    now: Cell<Duration>,
    after: Duration,
}

impl Courier for Taken {
    fn base(&self) -> &BaseUrl {
        &self.base
    }

    fn now(&self) -> Now {
        Now::new(OffsetDateTime::UNIX_EPOCH, self.now.get())
    }

    fn service_now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }

    fn observe(&self, _: Option<OffsetDateTime>) {}

    async fn token(&self, _: Option<&AccessToken>) -> Result<AccessToken, Error> {
        Err(Error::new(Code::Internal, "nobody asks"))
    }

    fn permit(&self, _: QuotaClass) -> Result<PermitId, Duration> {
        assert!(self.now.get() < Duration::from_secs(3_600), "it waits for ever");
        Err(self.now.get() + self.after)
    }

    fn settle(&self, _: PermitId, _: Settlement) {}

    async fn send(&self, _: Request<Vec<u8>>, _: usize) -> Exchange {
        Exchange::NotSent(Error::new(Code::Internal, "nobody asks"))
    }

    async fn sleep_until(&self, monotonic: Duration) {
        self.now.set(monotonic);
    }
}

#[test]
fn a_place_in_the_quota_is_waited_for_two_minutes_in_all() {
    for (after, waited) in [(1, 120), (20, 120), (121, 0)] {
        let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
        let after = Duration::from_secs(after);
        let taken = Taken { base, now: Cell::default(), after };
        let place = pin!(place(&taken, QuotaClass::Collect));
        let Poll::Ready(Err(error)) = place.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("there is no place");
        };
        assert_eq!(error.code(), Code::Throttled);
        assert_eq!(error.retry_after(), Some(after));
        assert_eq!(taken.now.get(), Duration::from_secs(waited));
    }
}
