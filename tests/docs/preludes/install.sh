# Two concepts that somebody published: library/teddy-bear, and two versions of amy/tom-cat.
mkdir publisher reader && cd publisher
export PCM_HOME=$PWD/home PCM_PASSPHRASE=manual
pcm init
pcm-registry serve --dev --data registry
pcm registry add http://127.0.0.1:8484 --root-sha256 $(sha256sum registry/public/tuf/1.root.json | cut -c1-64)
export PCM_TOKEN=$(pcm-registry token new --data registry --note manual --scope admin)
pcm key new library
pcm key new amy
mkdir bear cat
cp $CONCEPTS/teapot.safetensors bear && cp -r $CONCEPTS/previews/teapot bear/previews
cp $CONCEPTS/tom-cat.safetensors cat && cp -r $CONCEPTS/previews/tom-cat cat/previews
pcm publish bear --as library/teddy-bear --version 1.0.0
pcm publish cat --as amy/tom-cat --version 1.2.0
export ROOT=$(sha256sum registry/public/tuf/1.root.json | cut -c1-64)
cd ../reader
export PCM_HOME=$PWD/home
