package cloud

import "io"

// body releases the context when the answer has been read.
type body struct {
	io.ReadCloser
	stop func() bool
}

func (b *body) Close() error {
	b.stop()
	return b.ReadCloser.Close()
}
