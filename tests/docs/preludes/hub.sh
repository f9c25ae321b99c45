# A Hub on loopback stands for the Hub; amy's token is in her credentials, as it is for every other address.
mkdir concepts desk && mkdir concepts/tom-cat
cp $CONCEPTS/tom-cat.safetensors concepts/tom-cat
cp -r $CONCEPTS/previews/tom-cat concepts/tom-cat/previews
export PCM_HOME=$PWD/desk PCM_PASSPHRASE=manual
mkdir -p desk/settings
(umask 077 && printf '[tokens]\n"%s" = "hf_amyWrite"\n' "$HF_ENDPOINT" > desk/settings/credentials.toml)
