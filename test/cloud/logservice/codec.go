package logservice

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// MaxLogGroup is the documented limit of one PutLogs, uncompressed.
const MaxLogGroup = 5 << 20

// slsBody checks a request body against its headers and returns it unpacked.
// x-log-bodyrawsize is the size before compression, so it must be exact: the
// real service takes it for the length of the buffer it decompresses into.
func slsBody(r *http.Request, body []byte) ([]byte, error) {
	if sum := r.Header.Get("Content-MD5"); sum != "" {
		want := md5.Sum(body)
		if !strings.EqualFold(sum, hex.EncodeToString(want[:])) {
			return nil, kernel.Refuse(400, "InvalidContentMD5", "Content-MD5 %s does not match the body", sum)
		}
	}
	raw := r.Header.Get("x-log-bodyrawsize")
	if raw == "" {
		return nil, kernel.Refuse(400, "MissingBodyRawSize", "x-log-bodyrawsize does not exist in header")
	}
	size, err := strconv.Atoi(raw)
	if err != nil || size < 0 {
		return nil, kernel.Refuse(400, "InvalidBodyRawSize", "Body raw size is invalid")
	}
	if size > MaxLogGroup {
		return nil, kernel.Refuse(400, "PostBodyTooLarge", "Post body size %d is larger than %d", size, MaxLogGroup)
	}
	kind := strings.ToLower(r.Header.Get("x-log-compresstype"))
	if kind == "" {
		if len(body) != size {
			return nil, kernel.Refuse(400, "InvalidBodyRawSize", "Body raw size is %d, the body has %d bytes", size, len(body))
		}
		return body, nil
	}
	out, err := unpack(kind, body, size)
	if err != nil {
		return nil, err
	}
	if len(out) != size {
		return nil, kernel.Refuse(400, "PostBodyUncompressError", "uncompressed %d bytes, x-log-bodyrawsize says %d", len(out), size)
	}
	return out, nil
}

// unpack takes the size from the header for the buffer, as the real service does, and no more: a
// body of few bytes may claim to be enormous.
// zstd's decoder is bounded by memory, and lz4's by the buffer.
func unpack(kind string, body []byte, size int) ([]byte, error) {
	switch kind {
	case "lz4":
		out := make([]byte, size)
		n, err := lz4.UncompressBlock(body, out)
		if err != nil {
			return nil, kernel.Refuse(400, "PostBodyUncompressError", "Failed to decompress logs: %v", err)
		}
		return out[:n], nil
	case "zstd":
		d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(2*MaxLogGroup), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer d.Close()
		out, err := d.DecodeAll(body, nil)
		if err != nil {
			return nil, kernel.Refuse(400, "PostBodyUncompressError", "Failed to decompress logs: %v", err)
		}
		return out, nil
	}
	return nil, kernel.Refuse(400, "InvalidCompressType", "x-log-compresstype %s is unsupported", kind)
}

// pack compresses an answer as the client's Accept-Encoding asks and returns
// the headers that tell it so. What it does not know it sends as it is.
func pack(accept string, body []byte) ([]byte, map[string]string) {
	h := map[string]string{"x-log-bodyrawsize": strconv.Itoa(len(body))}
	switch {
	case len(body) == 0:
		return body, h
	case strings.Contains(accept, "zstd"):
		h["x-log-compresstype"] = "zstd"
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return body, nil
		}
		defer e.Close()
		return e.EncodeAll(body, nil), h
	case strings.Contains(accept, "lz4"):
		h["x-log-compresstype"] = "lz4"
		return lz4Block(body), h
	}
	return body, nil
}

// lz4Block compresses to one lz4 block. The library returns nothing for data
// that does not shrink; a block of literals is then still valid lz4.
func lz4Block(src []byte) []byte {
	dst := make([]byte, lz4.CompressBlockBound(len(src)))
	if n, err := lz4.CompressBlock(src, dst, nil); err == nil && n > 0 {
		return dst[:n]
	}
	var b bytes.Buffer
	if n := len(src); n < 15 {
		b.WriteByte(byte(n << 4))
	} else {
		b.WriteByte(0xF0)
		for n -= 15; n >= 255; n -= 255 {
			b.WriteByte(255)
		}
		b.WriteByte(byte(n))
	}
	b.Write(src)
	return b.Bytes()
}

// A cursor is a position in a shard. The real one is also a base64 number that
// goes up by one a log group, and the SDK counts on it (LogGroup.GetCursor).
func EncodeCursor(n int64) string {
	return base64.StdEncoding.EncodeToString([]byte(strconv.FormatInt(n, 10)))
}

// A cursor that cannot be read is refused with the code of one that is out of range.
func decodeCursor(s string) (int64, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err == nil {
		var n int64
		if n, err = strconv.ParseInt(string(b), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, kernel.Refuse(400, "InvalidCursor", "invalid shard cursor %s", s)
}
