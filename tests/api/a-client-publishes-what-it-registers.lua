-- API.md 4: the fields of k:register and their defaults, batches, n:stored, w:truth, k:sees.
return scenario { topology = { nodes = 3 }, story = function(w)
  local a, b, c = w:nodes()
  local k = w:client { name = "k", server = a, ip = "10.1.2.3", port = 9000, subscribe = { "shop" } }
  expect(k:register { service = "shop", group = "G", namespace = "ns", ip = "10.5.5.5", port = 99, weight = 2.5, healthy = false, enabled = false, cluster = "C1", metadata = { a = "b", n = 3 } })
  expect(#a:stored "shop" == 0, "default group differs")
  local l = a:stored { service = "shop", group = "G", namespace = "ns" }
  expect(#l == 1)
  local i = l[1]
  expect(i.ip == "10.5.5.5" and i.port == 99 and i.weight == 2.5 and i.healthy == false and i.enabled == false and i.cluster == "C1" and i.metadata.a == "b" and i.metadata.n == "3" and i.client == "k")
  log(table.concat(a:services(), " "))
  expect(k:register { service = "shop" })
  local i = a:stored("shop")[1] expect(i.ip == "10.1.2.3" and i.port == 9000)
  expect(a:count() == 2, tostring(a:count()))
  -- batch replaces
  expect(k:register_batch { service = "shop", instances = { { ip = "10.1.1.1", port = 1 }, { ip = "10.1.1.2", port = 2, metadata = { z = "y" } }, { port = 3 } } })
  local l = a:stored("shop")
  expect(#l == 3 and l[1].ip == "10.1.1.1" and l[2].metadata.z == "y" and l[3].ip == "10.1.2.3" and l[3].port == 3)
  wait(s(8))
  expect(w:converged() and w:all_know(k) and w:all_know { service = "shop", ip = "10.1.1.1", port = 1 })
  expect(b:knows { service = "shop", ip = "10.1.1.2", port = 2 } and not b:knows { service = "shop", ip = "10.1.1.2", port = 5 })
  expect(w:all_know { { service = "shop", ip = "10.1.1.1", port = 1 }, k, "k" })
  local tr = w:truth "shop"
  expect(#tr == 3 and tr[1].ip == "10.1.1.1" and tr[1].client == "k")
  expect(#k:sees "shop" == 3)
  local d = a:digest() expect(d == b:digest() and d == c:digest())

end }
