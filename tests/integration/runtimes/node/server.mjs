// Answers GET /BYTES with that size as people say it, by a library from npm's registry, and with who it runs as.
import { createServer } from 'node:http';
import prettyBytes from 'pretty-bytes';

const server = createServer((request, response) => {
  const said = prettyBytes(Number(request.url.slice(1)));
  response.end(JSON.stringify({ said, uid: process.getuid() }));
});
server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
