// Files can be dropped on the form, and a large delivery says how far it is. Without this the form is posted as it stands.
const form = document.querySelector('#upload');

if (form instanceof HTMLFormElement) {
  const files = form.querySelector('input[type="file"]');
  const bar = form.querySelector('progress');
  const word = form.querySelector('.upload-word');
  form.querySelector('.live-only').hidden = false;

  for (const name of ['dragover', 'dragenter'])
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add('over');
    });
  for (const name of ['dragleave', 'drop']) form.addEventListener(name, () => form.classList.remove('over'));
  form.addEventListener('drop', (event) => {
    event.preventDefault();
    if (event.dataTransfer === null || event.dataTransfer.files.length === 0) return;
    files.files = event.dataTransfer.files;
    form.requestSubmit();
  });

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const call = new XMLHttpRequest();
    const button = form.querySelector('button');
    button.disabled = true;
    bar.hidden = false;
    call.upload.addEventListener('progress', ({ loaded, total, lengthComputable }) => {
      if (!lengthComputable) return;
      const percent = Math.floor((100 * loaded) / total);
      bar.value = percent;
      word.textContent = percent < 100 ? form.dataset.sending.replace('{percent}', String(percent)) : form.dataset.reading;
    });
    call.addEventListener('load', () => {
      // The answer is a page of ours with the verdict on each file.
      const answer = new DOMParser().parseFromString(call.responseText, 'text/html');
      const main = answer.querySelector('main');
      if (main === null) {
        location.reload();
        return;
      }
      document.querySelector('main').replaceWith(document.adoptNode(main));
      document.title = answer.title;
      document.querySelector('main').focus();
    });
    call.addEventListener('error', () => {
      bar.hidden = true;
      button.disabled = false;
      word.textContent = form.dataset.failed;
    });
    call.open('POST', form.action);
    call.send(new FormData(form));
  });
}
