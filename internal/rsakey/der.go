package rsakey

import (
	"bytes"
	"encoding/asn1"
	"regexp"
	"strings"
)

// found is what a piece of DER, or a PEM block, turned out to be.
type found struct {
	body []byte // PKCS#1 where err is nil, otherwise as it came
	err  error  // why it cannot be used
}

// sequenceTag is the first byte of every key in DER.
const sequenceTag = 0x30

// maxMembers is the number of a structure's members looked at. No known one has more.
const maxMembers = 16

// magics are the binary forms that are not DER, known by their beginning and, in
// OpenSSH's format, by the public key's kind.
var magics = []struct {
	start string
	part  string
	err   error
}{
	{start: "openssh-key-v1\x00", part: "\x00\x00\x00\x0bssh-ed25519", err: errEd25519},
	{start: "openssh-key-v1\x00", part: "\x00\x00\x00\x13ecdsa-sha2-", err: errEC},
	{start: "openssh-key-v1\x00", err: errOpenSSH},
	{start: "\x00\x00\x00\x07ssh-rsa", err: errPublic},
	{start: "\x00\x00\x00\x07ssh-dss", err: errPublic},
	{start: "\x00\x00\x00\x0bssh-ed25519", err: errPublic},
	{start: "\x00\x00\x00\x13ecdsa-sha2-", err: errPublic},
	{start: "\xfe\xed\xfe\xed", err: errKeystore},
	{start: "\x30\x80\x02\x01\x03", err: errPKCS12}, // in BER, of a length not given
	{start: "0\xef\xbf\xbd", err: errReadAsText},    // 30 82: the second byte was replaced by U+FFFD
	{start: "0\xc2\x82", err: errReadAsText},        // 30 82: taken for ISO 8859-1, written as UTF-8
}

// shapes tell structures apart by their members' tags, written as tagsOf does.
var shapes = []struct {
	members func() *regexp.Regexp
	first   func() *regexp.Regexp // the members of the first member
	err     error                 // nil: PKCS#1
}{
	{members: lazy(`^i{9}`)},
	{members: lazy(`^i{6}$`), err: errOtherKey}, // DSA
	{members: lazy(`^io`), err: errEC},          // SEC1
	{members: lazy(`^so$`), err: errEncrypted},
	{members: lazy(`^sb$|^ii$`), err: errPublic},
	{members: lazy(`^iss?$`), err: errPKCS12},
	{members: lazy(`^ssb$`), first: lazy(`^iss0?$`), err: errRequest},
	{members: lazy(`^ssb$`), first: lazy(`^0?issss`), err: errCertificate},
}

// algorithms are the object identifiers of PKCS#8. A nil error is RSA.
var algorithms = map[string]error{
	"1.2.840.113549.1.1.1":  nil,
	"1.2.840.113549.1.1.10": errPSS,
	"1.2.840.10045.2.1":     errEC,
	"1.3.101.112":           errEd25519,
}

// recognize tells what data is, without parsing a key's numbers.
func recognize(data []byte) found {
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.start)) && bytes.Contains(data, []byte(m.part)) {
			return found{data, m.err}
		}
	}
	data = trimAfterDER(data)
	members, err := sequence(data)
	if err != nil {
		return found{data, err}
	}
	tags := tagsOf(members)
	if strings.HasPrefix(tags, "iso") {
		return recognizePKCS8(data, members)
	}
	for _, s := range shapes {
		if s.members().MatchString(tags) && (s.first == nil || s.first().MatchString(firstTags(members))) {
			return found{data, s.err}
		}
	}
	return found{data, errUnknown}
}

// recognizePKCS8 takes an RSA key out of PKCS#8, so that the same key is the same
// bytes in both forms.
func recognizePKCS8(data []byte, members []asn1.RawValue) found {
	var algorithm asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(members[1].Bytes, &algorithm); err != nil {
		return found{data, errDamaged}
	}
	err, known := algorithms[algorithm.String()]
	if !known {
		return found{data, errOtherKey}
	}
	if err != nil {
		return found{data, err}
	}
	inner := members[2].Bytes
	numbers, err := sequence(inner)
	if err != nil || !strings.HasPrefix(tagsOf(numbers), "iiiiiiiii") {
		return found{data, errDamaged}
	}
	return found{body: inner}
}

// sequence splits a DER SEQUENCE, which has to fill data, into its members.
func sequence(data []byte) ([]asn1.RawValue, error) {
	if len(data) > 0 && data[0] != sequenceTag {
		return nil, errUnknown
	}
	switch size, ok := derSize(data); {
	case ok && size > len(data), len(data) < 2:
		return nil, errShort
	case !ok || size < len(data):
		return nil, errDamaged
	}
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(data, &outer); err != nil {
		return nil, errDamaged
	}
	var members []asn1.RawValue
	for rest := outer.Bytes; len(rest) > 0 && len(members) < maxMembers; {
		var member asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &member); err != nil {
			return nil, errDamaged
		}
		members = append(members, member)
	}
	return members, nil
}

// derSize is the size in bytes, head included, that a DER value says it has.
func derSize(data []byte) (size int, ok bool) {
	const long = 0x80
	if len(data) < 2 {
		return 0, false
	}
	if data[1] < long {
		return 2 + int(data[1]), true
	}
	count := int(data[1] - long) // bytes of the length
	if count == 0 || count > 4 {
		return 0, false
	}
	head := data[2:min(2+count, len(data))]
	for _, b := range head {
		size = size<<8 | int(b)
	}
	if len(head) < count {
		return len(data) + 1, true // cut off within its own length
	}
	return 2 + count + size, true
}

// trimAfterDER drops the newline or zero byte that an editor or a store put after DER.
func trimAfterDER(data []byte) []byte {
	size, ok := derSize(data)
	if !ok || size > len(data) || len(bytes.Trim(data[size:], blanks+"\x00")) > 0 {
		return data
	}
	return data[:size]
}

// tagsOf writes tags as letters: i INTEGER, s SEQUENCE, o OCTET STRING, b BIT
// STRING, 0 the context's [0], - any other.
func tagsOf(members []asn1.RawValue) string {
	letters := map[[2]int]byte{
		{asn1.ClassUniversal, asn1.TagInteger}:     'i',
		{asn1.ClassUniversal, asn1.TagSequence}:    's',
		{asn1.ClassUniversal, asn1.TagOctetString}: 'o',
		{asn1.ClassUniversal, asn1.TagBitString}:   'b',
		{asn1.ClassContextSpecific, 0}:             '0',
	}
	var tags strings.Builder
	for _, m := range members {
		letter, ok := letters[[2]int{m.Class, m.Tag}]
		if !ok {
			letter = '-'
		}
		tags.WriteByte(letter)
	}
	return tags.String()
}

// firstTags are the tags inside the first member.
func firstTags(members []asn1.RawValue) string {
	inner, err := sequence(members[0].FullBytes)
	if err != nil {
		return ""
	}
	return tagsOf(inner)
}
