# Bash completion for tessera; installed where bash-completion finds it by the program's name.

_tessera_long_options() {
  # The help lists every option; taking them from there keeps this list right.
  "$1" ${2:+"$2"} --help 2>/dev/null | sed -n 's/^ *\(-[a-zA-Z], \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p'
}

_tessera() {
  local program=$1 current=$2 previous=$3 command='' words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -gt 1 ]; then
    case ${COMP_WORDS[1]} in
      stream | convert | info | models | download | serve | wer | pack | calibrate | npu) command=${COMP_WORDS[1]} ;;
    esac
  fi
  case ${previous//_/-} in
    -m | --model)
      words="$("$program" models --names 2>/dev/null) random:tiny"
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; compgen -d -- "$current")
      return ;;
    --model-dir | -o | --output-dir)
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return ;;
    --device)
      words="auto $("$program" info 2>/dev/null |
        sed -n '/^devices/,/^models/s/^\(devices\)\{0,1\} *\([a-z-]*\): .*/\2/p')" ;;
    --grade) words='hand chess peano unpipelined' ;;
    --clock) return ;;
    --precision | --compute-type) words='auto f32 bf16 int8' ;;
    --normalizer) words='english basic none' ;;
    --format) words='s16 f32' ;;
    --rate | --step | --endpoint-silence | --longest-buffer | --microphone) return ;;
    --dtype) words='auto f32 f16 bf16' ;;
    --output-format) words='txt srt vtt tsv json csv lrc wcpp-json all' ;;
    -l | --language) words=$("$program" info --languages 2>/dev/null) ;;
    --task) words='transcribe translate' ;;
    --channels) words='mix split 0 1' ;;
    --sha256 | --name | --mirror | --timeout | --retries | --max-size) return ;;
    --host | --port | --api-key | --cors-origin | --model-name | --max-upload-mb | --max-queue | \
      --max-audio-seconds | --max-connections* | --*-timeout) return ;;
    --spool-dir)
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return ;;
    -t | --threads | -nth | --no-speech-threshold | -lpt | --logprob-threshold | --suppress-tokens | \
      --max-initial-timestamp | -tp | --temperature | -tpi | --temperature-increment-on-fallback | \
      -bs | --beam-size | -bo | --best-of | --patience | --length-penalty | --repetition-penalty | \
      --no-repeat-ngram-size | --compression-ratio-threshold | -et | --entropy-thold | --seed | --batch-size | \
      --max-repeated-windows | \
      --max-tokens | -mc | --max-context | --prompt-reset-on-temperature | --initial-prompt | \
      --prompt | --prefix | --hotwords | --clip-timestamps | -ot | --offset-t | -d | --duration | \
      --language-detection-* | --max-line-* | --max-words-per-line | -ml | --max-len | \
      --vad-* | -vt | -vspd | -vsd | -vmsd | -vp | -vo | --*-punctuations | --hallucination-silence-threshold) return ;;
    *)
      if [[ $current == -* ]]; then
        words=$(_tessera_long_options "$program" "$command")
        [ -n "$command" ] || words="$words -d -f -l -m -o -q -t -v -bo -bs -dl -et -lpt -mc -ml -nf -np -nt
          -nth -ocsv -of -oj -olrc -osrt -ot -otxt -ovtt -pp -sns -sow -tp -tpi -tr -vm -vmsd -vo
          -vp -vsd -vspd -vt"
      elif [ "$command" = download ]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" download --list 2>/dev/null)" -- "$current")
        return
      elif [ "$command" = npu ] && [ "$COMP_CWORD" -eq 2 ]; then
        words=plan
      elif [ "$COMP_CWORD" -eq 1 ]; then
        words='transcribe stream convert info models download serve wer pack calibrate npu'
      fi
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; compgen -f -- "$current")
      return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -o filenames -F _tessera tessera
