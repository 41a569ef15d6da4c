-- An instance that is registered and kept alive over the open HTTP interface of 2.2 or later is listed by every server.
-- nacos#14992 (2026-04, 3.2.1; PR#15262 merged 2026-05), #14060 (2025-12, 3.1.1), #10822 (2023-07, 2.2.2, /v2; closed as "environment"):
-- DistroFilter is registered for /v1/ns/* alone (NamingConfig, read at 2.3.0, 2.5.1, 3.0.3), so that /v2/ns/instance and
-- /v3/client/ns/instance are done by whichever server is asked. One that is not responsible sends it to no other
-- (DistroClientDataProcessor#isInvalidClient), never judges the instance, and forgets it 180 s after the last beat.
-- Red with api = "v2" and "v3" (one instance in three is listed by all; what is taken back stays on the others for up to
-- 180 s), green with "v1" and with distrosim.filterCoversOpenApi.
return scenario {
  params   = { api = "v3" },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  story    = function(w, p)
    local shops = {}
    for i = 1, 12 do shops[i] = w:client { name = "shop-" .. i, kind = "nacos-client-1", api = p.api } end
    for _, shop in ipairs(shops) do shop:register { service = "shop" } end
    wait(s(10))
    expect(w:all_know(shops), "all know all")
    for _, shop in ipairs(shops) do shop:deregister { service = "shop" } end
    wait(s(20))
    expect(w:none_knows(shops), "gone everywhere")
  end,
}
