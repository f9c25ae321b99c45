# A concept that was learned here, and one that somebody handed over as a file.
pcm init
python -m pcm_engine.demo.photos teddy-bear photos
pcm learn photos/*.png as teddy-bear {teddy bear}
cp $CONCEPTS/teapot.safetensors .
