// tools/sdk-trial/trial.js -- Nacos's Node SDK (npm: nacos; HTTP and polls), as Trial.java.
'use strict';
const { NacosNamingClient } = require('nacos');
const readline = require('readline');

const SERVICE = 'trial';
const say = line => process.stdout.write(line + '\n');
const text = hosts => hosts.filter(h => h.healthy).map(h => `${h.ip}:${h.port}`).sort().join(' ');
const quiet = { ...console, info: () => {}, debug: () => {}, log: () => {}, warn: () => {}, error: () => {} };

async function main() {
  const client = new NacosNamingClient({ logger: quiet, serverList: process.argv[2], namespace: 'public' });
  await client.ready();
  client.subscribe(SERVICE, hosts => say('sees ' + text(hosts)));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [ verb, ip, port ] = line.split(' ');
    try {
      if (verb === 'close') break;
      if (verb === 'register') await client.registerInstance(SERVICE, { ip, port: Number(port) });
      if (verb === 'deregister') await client.deregisterInstance(SERVICE, { ip, port: Number(port) });
      if (verb === 'query') say('lists ' + text(await client.getAllInstances(SERVICE, 'DEFAULT_GROUP', 'DEFAULT', false)));
      say('ok ' + verb);
    } catch (why) {
      say('failed ' + why.message);
    }
  }
  process.exit(0);
}

main().catch(why => { say('failed ' + why.message); process.exit(1); });
