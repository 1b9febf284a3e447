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
// # The hosted page
//
// StartLogin's URL leads to /hosted/login?reqToken=…, a page that a test can use as
// a browser would. GET shows a form and sets the cookie coreapitest_csrf. POST to
// the same URL takes the form's fields: account, password, csrf, which has to be
// the cookie's value, and action, "login" or "cancel". A login that ends is
// answered with 303 to the same URL. [Server.CompleteLogin] does without the page.
//
// # Mistakes
//
// A mistake in a test's setup, such as an unknown operation, user or reqToken,
// fails the test: by tb.Fatalf, or by a panic on a Server of [New], which has no
// test to fail.
//
// # What is assumed
//
// The reference documents the codes, and neither HTTP statuses nor routes nor
// field names. Statuses are this fake's own choice (codes.go has the table).
// Routes, the request id's header and the envelope come from the
// [coreapi.Profile], field names from the types of package coreapi.
package coreapitest
