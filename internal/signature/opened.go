package signature

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // to name a signer that uses it; the SDK does not
	"crypto/sha256"
	_ "crypto/sha512" // likewise
	"encoding/binary"
	"math/big"
)

// opened is what a signature shows of itself under its public key, whatever text was
// signed: padding, hash and salt. Source: RFC 8017, sections 8.1.2 and 8.2.2.
type opened struct {
	padding Padding
	hash    crypto.Hash
	bare    bool   // PKCS1v15: the digest alone, without the hash's name
	digest  []byte // PKCS1v15: the text's; PSS: that of the text's digest with the salt
	salt    []byte // PSS
}

// hashes are those that a signer may have used. The documented one comes first.
var hashes = []crypto.Hash{crypto.SHA256, crypto.SHA1, crypto.SHA384, crypto.SHA512}

// openSignature returns the ways in which a signature can be read. There is none where
// another key made it. More than one is a coincidence, in less than one of fifty.
func openSignature(pub *rsa.PublicKey, signature []byte) []opened {
	number := new(big.Int).SetBytes(signature)
	if len(signature) != pub.Size() || number.Cmp(pub.N) >= 0 {
		return nil
	}
	message := number.Exp(number, big.NewInt(int64(pub.E)), pub.N).FillBytes(make([]byte, pub.Size()))
	if found, ok := openPKCS1v15(message); ok {
		return []opened{found}
	}
	return openPSS(message, pub.N.BitLen()-1)
}

// digestInfos are the DER of the hashes' names, which stands before a digest. Source:
// RFC 8017, section 9.2, note 1.
var digestInfos = map[crypto.Hash]string{
	crypto.SHA1:   "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
	crypto.SHA256: "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
	crypto.SHA384: "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
	crypto.SHA512: "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
}

// openPKCS1v15 takes 00 01 FF…FF 00, the hash's name, and a digest.
func openPKCS1v15(message []byte) (opened, bool) {
	content, ok := bytes.CutPrefix(message, []byte{0, 1})
	if !ok {
		return opened{}, false
	}
	content = bytes.TrimLeft(content, "\xff")
	if len(content) == 0 || content[0] != 0 {
		return opened{}, false
	}
	content = content[1:]
	for _, hash := range hashes {
		digest, named := bytes.CutPrefix(content, []byte(digestInfos[hash]))
		if len(digest) == hash.Size() {
			return opened{padding: PKCS1v15, hash: hash, bare: !named, digest: digest}, true
		}
	}
	return opened{}, false
}

// openPSS takes what the mask hides: zeros, 01, and the salt. The mask is made with the
// hash of the text, as nearly every signer does.
func openPSS(message []byte, bits int) (found []opened) {
	message = message[len(message)-(bits+7)/8:]
	if message[len(message)-1] != 0xbc {
		return nil
	}
	for _, hash := range hashes {
		at := len(message) - 1 - hash.Size()
		if at < 1 {
			continue
		}
		block, digest := bytes.Clone(message[:at]), message[at:at+hash.Size()]
		unmask(block, digest, hash)
		block[0] &= 0xff >> (8*len(message) - bits)
		block = bytes.TrimLeft(block, "\x00")
		if salt, ok := bytes.CutPrefix(block, []byte{1}); ok {
			found = append(found, opened{padding: PSS, hash: hash, digest: digest, salt: salt})
		}
	}
	return found
}

// unmask is MGF1. Source: RFC 8017, appendix B.2.1.
func unmask(block, seed []byte, hash crypto.Hash) {
	for counter := uint32(0); len(block) > 0; counter++ {
		h := hash.New()
		h.Write(binary.BigEndian.AppendUint32(bytes.Clone(seed), counter))
		mask := h.Sum(nil)
		n := min(len(mask), len(block))
		for i := range n {
			block[i] ^= mask[i]
		}
		block = block[n:]
	}
}

// isOf says whether the signature is text's.
func (o opened) isOf(text []byte) bool {
	digest := digestOf(o.hash, text)
	if o.padding == PSS {
		digest = digestOf(o.hash, make([]byte, 8), digest, o.salt)
	}
	return bytes.Equal(digest, o.digest)
}

func digestOf(hash crypto.Hash, parts ...[]byte) []byte {
	if hash == crypto.SHA256 && len(parts) == 1 {
		sum := sha256.Sum256(parts[0])
		return sum[:]
	}
	h := hash.New()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}
