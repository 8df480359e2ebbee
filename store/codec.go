package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/tracker/safe"
)

// What a stored value may grow to: a few bytes unpack to anything, and a value
// of two bytes may need hundreds in memory. Nothing larger is packed.
const (
	maxUnpacked = 256 << 20 // bytes
	maxObjects  = 1 << 18   // a set of packages has 60,000, the log of an attempt 80,000
	maxTexts    = 1 << 19   // in lists; a set of packages of an image has 30,000
)

// codec packs what is large and seldom read. It is made at its first use: most
// commands need none.
type codec struct {
	once    sync.Once
	encoder *zstd.Encoder
	decoder *zstd.Decoder
	failed  error
}

func (c *codec) open() error {
	c.once.Do(func() {
		var err, err2 error
		c.encoder, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		c.decoder, err2 = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxUnpacked), zstd.WithDecoderConcurrency(1))
		c.failed = errors.Join(err, err2)
	})
	return c.failed
}

func (c *codec) close() error {
	var err error
	if c.encoder != nil {
		err = c.encoder.Close()
	}
	if c.decoder != nil {
		c.decoder.Close()
	}
	return err
}

// pack is v as compressed JSON.
func (c *codec) pack(v any) ([]byte, error) {
	if err := c.open(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if err := checkShape(data); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return c.encoder.EncodeAll(data, nil), nil
}

// unpack reads what pack made.
func (c *codec) unpack(data []byte, v any) error {
	if err := c.open(); err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	plain, err := c.decoder.DecodeAll(data, nil)
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	if err := checkShape(plain); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}

// checkShape bounds what JSON needs in memory before it is read.
func checkShape(data []byte) error {
	if _, objects, texts := safe.Shape(data); len(data) > maxUnpacked || objects > maxObjects || texts > maxTexts {
		return fmt.Errorf("it holds more than is ever stored (%d bytes, %d objects, %d texts)", maxUnpacked, maxObjects, maxTexts)
	}
	return nil
}
