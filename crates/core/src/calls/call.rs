//! One call: within the quota, and repeated if that is safe.

use std::time::Duration;

use http::{Request, Response};
use time::OffsetDateTime;

use crate::engine::{Exchange, Judge, Ruling, Settlement};
use crate::{AccessToken, BaseUrl, Code, Endpoint, Error, Now, PermitId, QuotaClass};

/// Carries out calls: a driver's clock, token, quota and HTTP.
pub trait Courier {
    /// The API host.
    fn base(&self) -> &BaseUrl;

    /// The current time.
    fn now(&self) -> Now;

    /// The service's current time, as estimated from its latest reply.
    fn service_now(&self) -> OffsetDateTime;

    /// Takes the `Date` header of a reply that has just arrived from the service itself.
    fn observe(&self, date: Option<OffsetDateTime>);

    /// Returns a token; never the one that was `rejected`. Fails as the credential does.
    fn token(
        &self,
        rejected: Option<&AccessToken>,
    ) -> impl Future<Output = Result<AccessToken, Error>>;

    /// Takes a slot in the quota. Fails with the monotonic time at which to ask again.
    fn permit(&self, quota: QuotaClass) -> Result<PermitId, Duration>;

    /// Reports the result of the call that had this permit.
    fn settle(&self, permit: PermitId, settlement: Settlement);

    /// Sends the request once and keeps at most `body_limit` bytes of the decoded body.
    fn send(&self, request: Request<Vec<u8>>, body_limit: usize) -> impl Future<Output = Exchange>;

    /// Sleeps until this monotonic time.
    fn sleep_until(&self, monotonic: Duration) -> impl Future<Output = ()>;
}

/// Makes one call. A repeatable call is tried up to four times if it fails with a transient error.
///
/// Fails as the credential and the endpoint do, with network errors, and with `throttled` if the
/// quota has no free slot within two minutes.
pub async fn call<E: Endpoint + Sync>(
    courier: &impl Courier,
    endpoint: &E,
) -> Result<E::Output, Error>
where
    E::Output: Send,
{
    let (base, mut output) = (courier.base().clone(), None);
    let build = |token: &AccessToken| endpoint.request(&base, token);
    let mut read = |response: &Response<Vec<u8>>| {
        output = Some(endpoint.response(&base, response)?);
        Ok(())
    };
    repeat(courier, (E::QUOTA, E::REPEATABLE, E::BODY_LIMIT), &build, &mut read).await?;
    output.ok_or_else(|| Error::new(Code::Internal, "a call without an answer"))
}

type Build<'a> = dyn Fn(&AccessToken) -> Result<Request<Vec<u8>>, Error> + Sync + 'a;
type Read<'a> = dyn FnMut(&Response<Vec<u8>>) -> Result<(), Error> + Send + 'a;

async fn repeat(
    courier: &impl Courier,
    (quota, is_repeatable, body_limit): (QuotaClass, bool, usize),
    build: &Build<'_>,
    read: &mut Read<'_>,
) -> Result<(), Error> {
    let mut judge = Judge::new(is_repeatable);
    let (mut rejected, mut attempts) = (None, 0);
    loop {
        attempts += 1;
        let permit = place(courier, quota).await?;
        // After the wait for a permit, because a token may expire during it.
        let token = courier.token(rejected.as_ref()).await;
        let request = token.and_then(|token| Ok((build(&token)?, token)));
        let (request, token) =
            request.inspect_err(|_| courier.settle(permit, Settlement::Unused))?;
        let exchange = courier.send(request, body_limit).await;
        let (was_sent, date) = (!matches!(exchange, Exchange::NotSent(_)), exchange.date());
        let ruling = judge.rule(exchange, &mut *read);
        if judge.has_heard_service() {
            courier.observe(date);
        }
        courier.settle(permit, ruling.settlement(was_sent));
        let (error, wait) = match ruling {
            Ruling::Done(()) => return Ok(()),
            Ruling::Renew => {
                rejected = Some(token);
                continue;
            }
            Ruling::Repeat(error) => {
                let wait = judge.wait(&error, 0.5);
                (error, wait)
            }
            Ruling::Throttled { patience, error } => (error, patience),
            Ruling::Failed { error, .. } => return Err(error),
        };
        if attempts >= ATTEMPTS || wait > PATIENCE {
            return Err(error);
        }
        courier.sleep_until(courier.now().monotonic.saturating_add(wait)).await;
    }
}

async fn place(courier: &impl Courier, quota: QuotaClass) -> Result<PermitId, Error> {
    // Others may take each slot that becomes free, so the total wait is limited.
    let end = courier.now().monotonic.saturating_add(PATIENCE);
    loop {
        let until = match courier.permit(quota) {
            Ok(permit) => return Ok(permit),
            Err(until) => until,
        };
        if until > end {
            let wait = until.saturating_sub(courier.now().monotonic);
            let seconds = wait.as_secs().max(1);
            let text = format!("the quota of these calls is used up for another {seconds} seconds");
            let hint = "wait as long as `retry_after` says; nothing was sent";
            return Err(Error::new(Code::Throttled, text).with_retry_after(wait).with_hint(hint));
        }
        courier.sleep_until(until).await;
    }
}

const ATTEMPTS: u32 = 4;
/// A person is waiting for the result; they decide whether to wait longer.
const PATIENCE: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests;
