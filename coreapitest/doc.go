// Package coreapitest is a fake of the Core APIs for tests. It keeps state, so
// that every documented code arises as the reference describes it, and takes
// faults on top of the state: answers, delays, dropped connections, cut bodies.
//
// # Two ways in
//
// [NewServer] listens on loopback and ends with the test. [New] listens nowhere:
// [Server.Transport] answers in memory and works inside testing/synctest, where
// delays and retries take no time. Both are an http.Handler too, which can be
// mounted on any listener. [Server.Client] makes an SDK client for either.
//
// # What a request has to have
//
// What the reference demands of every request, the fake demands too, in this order:
// the client key; X-Version and X-Request-Id, the id being none of the last 100,000;
// X-Signature, over the request as it arrived. Then it looks at the client's status, the
// operation ([Server.ForbidOperation], [Server.RequireUserToken]), and the body: one that
// is no JSON is refused, also where the operation has no use for a body. A body that does
// not come as application/json, or comes with a Content-Encoding, is refused before the
// signature is looked at. The signature is checked as a server may do it, over the text
// that is rebuilt from the body's bytes and from the body parsed and written again: both
// have to verify. Where it does not verify, the message says how it was made and what the
// fake's profile wants, if it was made in a known way. Messages are in the language of X-Language, Indonesian where it
// is not "en".
//
// A signature costs its client 0.8 ms. [WithUnsigned] does without, for tests of very
// many calls.
//
// # The hosted page
//
// StartLogin's URL leads to /hosted/login?reqToken=…, under the base path, a page that a
// test can use as a browser would. GET shows a form and sets the cookie
// coreapitest_csrf. POST to the same URL takes the form's fields: account, password,
// csrf, which has to be the cookie's value, and action, "login" or "cancel". A login
// that ends is answered with 303 to the same URL. [Server.CompleteLogin],
// [Server.CancelLogin] and [Server.FailLogin] do without the page.
//
// # What is kept
//
// A Server's memory is bounded: of requests, logins and devices it keeps the last ones,
// more than tests meet. [Limits] has the numbers, and [WithLimits] sets them.
//
// # Mistakes
//
// A mistake in a test's setup, such as an unknown operation, user or reqToken,
// fails the test: by tb.Fatalf, or by a panic on a Server of [New], which has no
// test to fail.
//
// # What is documented, and what is assumed
//
// The reference documents the codes, the headers, what is signed and with which
// algorithm, the two languages, and of the routes GET /user/login?id=….
//
// All else is assumed: the HTTP statuses, which are this fake's own choice (codes.go has
// the table); what a request without version, id, signature or user token gets, which is
// 400 or 401 with a message and no code; how many ids are remembered; the order of the
// checks; every message's words. The other routes, the names of fields, the envelope, the
// words for states and the signature's form come from the [coreapi.Profile]: see
// [WithProfile].
package coreapitest
