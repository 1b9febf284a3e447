//go:build faultmatrix

package coreapi_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/fypass/coreapi-go"
)

const (
	okResponse = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}"
	okHead     = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
	chunkHead  = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
)

// withBody is a whole response, the connection's last.
func withBody(status, headers, body string) serverStep {
	return write(fmt.Sprintf("HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s", status, len(body), headers, body))
}

func zipped(plain string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, plain)
	_ = z.Close()
	return b.String()
}

// bomb is 1 GB of zeroes behind an opening brace, as 1,024 gzip members.
var bomb = sync.OnceValue(func() string {
	return zipped(`{"a":"`) + strings.Repeat(zipped(strings.Repeat("0", 1<<20)), 1<<10)
})

const gzipHead = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"

func framingFaults() []fault {
	line := func(n int) string { return strings.Repeat("x", n) }
	return []fault{
		bodyCutShort("Content-Length too long", overHTTP(write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}"))),
		stillSuccess("Content-Length too short", overHTTP(write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}{}"))),
		connectionLost("Content-Length no number", overHTTP(write("HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n{}"))),
		connectionLost("Content-Length negative", overHTTP(write("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}"))),
		connectionLost("Content-Length twice", overHTTP(write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"))),
		finalAnswer("Content-Length of 1 EB", overHTTP(write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000000\r\n\r\n{}")), 200, coreapi.DeliveryUnknown, coreapi.ErrResponseTooLarge),
		bodyCutShort("chunked, cut in a chunk", overHTTP(write(chunkHead+"ff\r\n{}"))),
		bodyCutShort("chunked, cut between chunks", overHTTP(write(chunkHead+"2\r\n{}\r\n"))),
		bodyCutShort("chunked, no length of a chunk", overHTTP(write(chunkHead+"zz\r\n{}\r\n0\r\n\r\n"))),
		bodyCutShort("chunked, a chunk of 16 EB", overHTTP(write(chunkHead+"ffffffffffffffff\r\n{}\r\n"))),
		finalAnswer("a body without an end", overHTTP(write(chunkHead), writeForEver(strings.Repeat("4\r\naaaa\r\n", 1000))), 200, coreapi.DeliveryUnknown, coreapi.ErrResponseTooLarge),
		stillSuccess("HTTP/1.0, ended by closing", overHTTP(write("HTTP/1.0 200 OK\r\n\r\n{}"))),
		finalAnswer("HTTP/1.0, cut by closing", overHTTP(write("HTTP/1.0 200 OK\r\n\r\n{\"a\":")), 200, coreapi.DeliveryUnknown, coreapi.ErrUnexpectedResponse),
		connectionLost("malformed status line", overHTTP(write("HTTP/1.1 okay\r\n\r\n"))),
		connectionLost("not HTTP", overHTTP(write("SSH-2.0-OpenSSH_9.2\r\n"))),
		finalAnswer("HTTP/7.3, empty", overHTTP(write("HTTP/7.3 200 OK\r\n\r\n")), 200, coreapi.DeliveryUnknown, coreapi.ErrUnexpectedResponse),
		connectionLost("a header without a colon", overHTTP(write("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"))),
		connectionLost("zero bytes", overHTTP(write(strings.Repeat("\x00", 100)))),
		stillSuccess("100 headers", overHTTP(write("HTTP/1.1 200 OK\r\n"), writeTimes(100, "X-Many: one of many\r\n"), write("Content-Length: 2\r\n\r\n{}"))),
		connectionLost("a header of 1 MB", overHTTP(write("HTTP/1.1 200 OK\r\nX-Long: "), writeTimes(1<<10, line(1<<10)), write("\r\nContent-Length: 2\r\n\r\n{}"))),
		connectionLost("a header without an end", overHTTP(write("HTTP/1.1 200 OK\r\nX-Long: "), writeForEver(line(1<<16)))),
		stillSuccess("1,000 times 103, then 200", overHTTP(writeTimes(1000, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), write(okResponse))),
		connectionLost("1xx without an end", overHTTP(writeForEver(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: "+line(4000)+"\r\n\r\n", 16)))),
		finalAnswer("101 that nobody asked for", overHTTP(write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n")), 101, coreapi.DeliveryUnknown, coreapi.ErrUnknownCode),
	}
}

func contentFaults() []fault {
	ok := func(headers, body string) serverSetup { return overHTTP(withBody("200 OK", headers, body)) }
	const zippedHeader = "Content-Encoding: gzip\r\n"
	withBodyCut := zipped(`{"a":"some text, so that there is something to cut"}`)
	damaged := []byte(withBodyCut)
	damaged[len(damaged)-6] ^= 0xff // in the checksum
	return []fault{
		stillSuccess("gzip, as a control", ok(zippedHeader, zipped(`{"a":"b"}`))),
		finalAnswer("gzip that is none", ok(zippedHeader, `{"a":"b"} is no gzip at all`), 200, coreapi.DeliveryUnknown, coreapi.ErrUnexpectedResponse),
		finalAnswer("gzip with a wrong checksum", ok(zippedHeader, string(damaged)), 200, coreapi.DeliveryUnknown, coreapi.ErrUnexpectedResponse),
		bodyCutShort("gzip cut short in a whole response", ok(zippedHeader, withBodyCut[:len(withBodyCut)-12])),
		finalAnswer("a gzip bomb of 1 GB", overHTTP(write(gzipHead), func(c net.Conn) { write(bomb())(c) }), 200, coreapi.DeliveryUnknown, coreapi.ErrResponseTooLarge),
		finalAnswer("a gzip bomb of 1 GB as an error", overHTTP(write(strings.Replace(gzipHead, "200 OK", "500 No", 1)), func(c net.Conn) { write(bomb())(c) }), 500, coreapi.DeliveryUnknown, coreapi.ErrResponseTooLarge),
		finalAnswer("an encoding that nobody asked for", ok("Content-Encoding: br\r\n", "\x8b\x03\x80{}\x03"), 200, coreapi.DeliveryUnknown, coreapi.ErrUnexpectedResponse),
		stillSuccess("204 with a body", overHTTP(write("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}"))),
		finalAnswer("304", overHTTP(write("HTTP/1.1 304 Not Modified\r\n\r\n")), 304, coreapi.DeliveryUnknown, coreapi.ErrUnknownCode),
		finalAnswer("status 999", overHTTP(withBody("999 What", "", "{}")), 999, coreapi.DeliveryUnknown, coreapi.ErrUnknownCode),
		finalAnswer("an HTML page as a success", ok("Content-Type: text/html\r\n", "<html>sign in to the Wi-Fi</html>"), 200, coreapi.DeliveryUnknown, coreapi.ErrUnexpectedResponse),
		finalAnswer("an empty success", ok("", ""), 200, coreapi.DeliveryUnknown, coreapi.ErrUnexpectedResponse),
		fault{name: "502 with HTML", setup: overHTTP(withBody("502 Bad Gateway", "", "<html>"))}.safe(outcome{is: []error{coreapi.ErrUnknownCode}, status: 502, seen: 1}),
		fault{name: "429 with HTML", setup: overHTTP(withBody("429 Slow", "", "<html>"))}.both(outcome{
			is: []error{coreapi.ErrUnknownCode}, status: 429, delivery: coreapi.DeliveryRejected, attempts: matrixAttempts, seen: matrixAttempts, refused: true,
		}),
		fault{name: "REQUEST_TIMEOUT", setup: overHTTP(withBody("504 Late", "", codeBody(coreapi.CodeRequestTimeout)))}.both(outcome{
			is: []error{coreapi.ErrRequestTimeout, coreapi.ErrContactAdmin}, status: 504, attempts: matrixAttempts, seen: matrixAttempts, refused: true,
		}),
	}
}
