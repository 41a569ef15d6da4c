# tools/sdk-trial/trial.py -- Nacos's Python SDK (nacos-sdk-python 2.x and newer: gRPC), as Trial.java.
import asyncio
import sys

from v2.nacos import (ClientConfigBuilder, DeregisterInstanceParam, ListInstanceParam, NacosNamingService,
                      RegisterInstanceParam, SubscribeServiceParam)

SERVICE, GROUP = "trial", "DEFAULT_GROUP"


def say(line):
    print(line, flush=True)


def text(instances):
    return " ".join(sorted(f"{i.ip}:{i.port}" for i in instances if i.healthy))


async def heard(instances):
    say("sees " + text(instances))


async def obey(naming, words):
    if words[0] == "register":
        await naming.register_instance(RegisterInstanceParam(service_name=SERVICE, group_name=GROUP, ip=words[1],
                                                             port=int(words[2])))
    elif words[0] == "deregister":
        await naming.deregister_instance(DeregisterInstanceParam(service_name=SERVICE, group_name=GROUP, ip=words[1],
                                                                 port=int(words[2])))
    elif words[0] == "query":
        say("lists " + text(await naming.list_instances(ListInstanceParam(service_name=SERVICE, group_name=GROUP,
                                                                          subscribe=False, healthy_only=False))))
    say("ok " + words[0])


async def main():
    config = ClientConfigBuilder().server_address(sys.argv[1]).build()
    naming = await NacosNamingService.create_naming_service(config)
    await naming.subscribe(SubscribeServiceParam(service_name=SERVICE, group_name=GROUP, subscribe_callback=heard))
    loop = asyncio.get_running_loop()
    while True:
        line = (await loop.run_in_executor(None, sys.stdin.readline)).strip()
        if line in ("", "close"):
            break
        try:
            await obey(naming, line.split())
        except Exception as why:  # whatever the SDK raises is what is told
            say(f"failed {why}")
    await naming.shutdown()


asyncio.run(main())
