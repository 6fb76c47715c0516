#!/bin/sh
# Makes the audio_tone.* samples beside it: 0.3 s of a 440 Hz tone at half of full scale, in each
# compressed format that is read. Made once with FFmpeg 5.1; the tests only read them.
set -eu
cd "$(dirname "$0")"
make() { ffmpeg -nostdin -v error -y "$@"; }
tone="aevalsrc=exprs=0.5*sin(2*PI*440*t)"
bare="-map_metadata -1 -fflags +bitexact -flags:a +bitexact"
make -f lavfi -i "$tone:s=44100:d=0.3" $bare -b:a 48k audio_tone.mp3
make -f lavfi -i "$tone:s=16000:d=0.3" $bare -sample_fmt s16 -frame_size 1024 \
  -metadata_header_padding 0 audio_tone.flac
make -f lavfi -i "$tone:s=44100:d=0.3" $bare -c:a libvorbis -q:a 1 audio_tone.ogg
make -f lavfi -i "$tone:s=48000:d=0.3" $bare -c:a libopus -b:a 32k audio_tone.opus
make -f lavfi -i "$tone:s=44100:d=0.3" $bare -b:a 48k audio_tone.m4a
make -f lavfi -i "$tone:s=44100:d=0.3" $bare -b:a 48k audio_tone.aac
make -f lavfi -i "$tone:s=48000:d=0.3" $bare -c:a libopus -b:a 32k audio_tone.webm
make -f lavfi -i "$tone:s=44100:d=0.3" -f lavfi -i "testsrc=s=32x32:r=10:d=0.3" \
  $bare -flags:v +bitexact -b:a 48k -c:v mpeg4 audio_video.mp4
make -f lavfi -i "testsrc=s=32x32:r=10:d=0.3" $bare -flags:v +bitexact -c:v mpeg4 audio_none.mp4
make -f lavfi -i "$tone|0.5*sin(2*PI*440*t):s=48000:d=0.3" $bare -b:a 48k audio_tone_stereo.aac
