# A folder as `pcm learn` leaves it, and a concept that was learned here and so is installed.
mkdir concepts && mkdir concepts/tom-cat
cp $CONCEPTS/tom-cat.safetensors concepts/tom-cat
pcm init
python -m pcm_engine.demo.photos teddy-bear photos
pcm learn photos/*.png as teddy-bear {teddy bear}
