//go:build faultmatrix

package coreapi_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"github.com/fypass/coreapi-go"
)

// faults are the matrix's rows.
func faults() []fault {
	return slices.Concat(connectingFaults(), brokenFaults(), slowFaults(), framingFaults(), http2Faults(), contentFaults(), redirectFaults())
}

// both is the same for GET and POST.
func (f fault) both(o outcome) fault { f.get, f.post = o, o; return f }

// safe is for what only a GET is sent again after.
func (f fault) safe(o outcome) fault {
	o.attempts, o.seen = 1, min(o.seen, 1)
	f.post = o
	o.attempts, o.seen = matrixAttempts, o.seen*matrixAttempts
	f.get = o
	return f
}

// connectionLost is a connection that broke: nobody knows how far the call came.
func connectionLost(name string, s serverSetup) fault {
	return fault{name: name, setup: s}.safe(outcome{seen: 1})
}

// bodyCutShort is a success whose body does not come to its end.
func bodyCutShort(name string, s serverSetup) fault {
	return fault{name: name, setup: s}.safe(outcome{is: []error{coreapi.ErrUnexpectedResponse}, status: 200, seen: 1})
}

// finalAnswer is an answer that is final.
func finalAnswer(name string, s serverSetup, status int, d coreapi.Delivery, is ...error) fault {
	return fault{name: name, setup: s}.both(outcome{is: is, status: status, delivery: d, attempts: 1, seen: 1})
}

// stillSuccess is odd, and still a success.
func stillSuccess(name string, s serverSetup) fault {
	return fault{name: name, setup: s}.both(outcome{success: true, seen: 1})
}

// noConnection is a connection that was not made; attempts are those of the policy.
func noConnection(name string, s serverSetup, cause error) fault {
	return fault{name: name, setup: s}.both(outcome{cause: cause, delivery: coreapi.DeliveryNotSent, attempts: matrixAttempts})
}

// certificateRefused is a certificate that is not accepted.
func certificateRefused(name string, config func() *tls.Config) fault {
	return fault{name: name, setup: overTLS(config, write(okResponse))}.both(outcome{delivery: coreapi.DeliveryNotSent, attempts: 1})
}

// neverEnds gives no more than is said, and does not end. status is 200 where the
// response's head comes through.
func neverEnds(name string, s serverSetup, status int) fault {
	f := fault{name: name, setup: s, hangs: true}
	o := outcome{status: status, seen: 1}
	if status != 0 {
		o.is = []error{coreapi.ErrUnexpectedResponse}
	}
	return f.safe(o)
}

func connectingFaults() []fault {
	return []fault{
		noConnection("refused", refusedPort, syscall.ECONNREFUSED),
		noConnection("DNS: no such host", dnsServer(noSuchName), nil),
		certificateRefused("TLS: expired", expiredCertificate),
		certificateRefused("TLS: wrong host", othersCertificate),
		certificateRefused("TLS: unknown authority", unknownCertificate),
		refusedForGood("TLS: a client's certificate is wanted", overTLS(wantsClientCertificate, write(okResponse))),
		refusedForGood("TLS: the server speaks http", beforeAnyRequest(write("HTTP/1.1 400 Bad Request\r\n\r\n"))),
		refusedForGood("TLS: the server has no version in common", overTLS(oldTLSOnly, write(okResponse))),
		noConnection("TLS: closed in the handshake", beforeAnyRequest(hangUp), nil),
		noConnection("TLS: reset in the handshake", beforeAnyRequest(reset), nil),
		silent("TLS: the handshake stalls", beforeAnyRequest(stall)),
		silent("SYN dropped", fullBacklog),
		silent("DNS: no reply", dnsServer(noReply)),
		refusedForGood("proxy: 403", proxyThat(write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))),
		refusedForGood("proxy: 407", proxyThat(write("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))),
		noConnection("proxy: 502", proxyThat(write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")), nil),
		silent("proxy: silent on CONNECT", proxyThat(stall)),
	}
}

// refusedForGood is a connection that can never be made: nothing was sent, and it is not
// tried again.
func refusedForGood(name string, s serverSetup) fault {
	return fault{name: name, setup: s}.both(outcome{delivery: coreapi.DeliveryNotSent, attempts: 1})
}

// silent is a connection that is never made, until time runs out: nothing was sent.
func silent(name string, s serverSetup) fault {
	f := noConnection(name, s, nil)
	f.hangs = true
	return f
}

func brokenFaults() []fault {
	dead := fault{
		name: "a reused connection that is dead", warm: true, setup: answersInTurn(write(okResponse), hangUp, write(okResponse)),
		get:  outcome{success: true, seen: 2, replayed: 1}, // net/http sends it again, on a new connection
		post: outcome{attempts: 1, seen: 1},
	}
	return []fault{
		connectionLost("reset before the headers", overHTTP(reset)),
		connectionLost("closed before the headers", overHTTP(hangUp)),
		connectionLost("reset in the headers", overHTTP(write("HTTP/1.1 200 OK\r\nContent-"), reset)),
		connectionLost("closed in the headers", overHTTP(write("HTTP/1.1 200 OK\r\nContent-"))),
		bodyCutShort("reset after the headers", overHTTP(write(okHead), reset)),
		bodyCutShort("closed after the headers", overHTTP(write(okHead))),
		bodyCutShort("reset in the body", overHTTP(write(okHead+`{"a":`), reset)),
		bodyCutShort("closed in the body", overHTTP(write(okHead+`{"a":`))),
		fault{name: "502 reset in the body", setup: overHTTP(write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\n<html>"), reset)}.
			safe(outcome{is: []error{coreapi.ErrUnknownCode}, status: 502, seen: 1}),
		finalAnswer("400 closed in the body", overHTTP(write("HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{")), 400, coreapi.DeliveryRejected, coreapi.ErrUnknownCode),
		finalAnswer("400 with a whole code, closed in the body", overHTTP(write("HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n"+codeBody(coreapi.CodeDuplicateKey))), 400, coreapi.DeliveryRejected, coreapi.ErrDuplicateKey),
		dead,
	}
}

func slowFaults() []fault {
	return []fault{
		neverEnds("no answer at all", overHTTP(stall), 0),
		neverEnds("slow headers, a byte at a time", overHTTP(writeSlowly("HTTP/1.1 200 OK\r\nX-Slow: "+strings.Repeat("a", 1000))), 0),
		neverEnds("slow body, a byte at a time", overHTTP(write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), writeSlowly(" ")), 200),
		neverEnds("slow chunks, a byte at a time", overHTTP(write(chunkHead), writeSlowly("1\r\n \r\n")), 200),
		neverEnds("stalled body", overHTTP(write(okHead+`{"a":`), stall), 200),
		neverEnds("stalled between chunks", overHTTP(write(chunkHead+"1\r\n{\r\n"), stall), 200),
		neverEnds("stalled before the end of close-delimited body", overHTTP(write("HTTP/1.1 200 OK\r\n\r\n{}"), stall), 200),
		stillSuccess("a byte a segment, and all in time", overHTTP(writeByteByByte(okResponse))),
	}
}

func redirectFaults() []fault {
	places := []struct {
		name string
		to   func(here, elsewhere string) string
	}{
		{"the same host", func(here, _ string) string { return "http://" + here + "/moved" }},
		{"a loop", func(string, string) string { return "/things" }},
		{"another host", func(_, elsewhere string) string { return "http://" + elsewhere + "/" }},
		{"another scheme", func(_, elsewhere string) string { return "https://" + elsewhere + "/" }},
		{"a malformed Location", func(string, string) string { return "http://[::1/%zz" }},
		{"no Location", func(string, string) string { return "" }},
	}
	var rows []fault
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, place := range places {
			line := fmt.Sprintf("%d %s", status, http.StatusText(status))
			rows = append(rows, finalAnswer(fmt.Sprintf("%d to %s", status, place.name), redirectTo(place.to, line), status, coreapi.DeliveryUnknown, coreapi.ErrRedirect))
		}
	}
	return rows
}
